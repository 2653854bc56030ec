/* The XML of AWS's query protocol, as answers and as errors. */
#include "providers/aws/wire/errors.h"
#include "providers/aws/wire/request.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_response response = {.status = 400};
    char *code, *message;
    struct err err;
    json_t *json = aws_xml_to_json((const char *)data, size, &err);

    if (json && json_object_size(json) != 1)
        abort();
    json_decref(json);
    buf_append(&response.body, data, size);
    aws_error_decode(&response, &code, &message);
    free(code);
    free(message);
    buf_release(&response.body);
    return 0;
}
