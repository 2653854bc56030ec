#include "providers/provider.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

void identity_release(struct identity *identity)
{
    free(identity->account);
    free(identity->principal);
    free(identity->region);
    *identity = (struct identity){0};
}

void invoke_result_release(struct invoke_result *result)
{
    free(result->function_error);
    buf_release(&result->payload);
    free(result->log);
    free(result->version);
    free(result->request_id);
    *result = (struct invoke_result){0};
}

void log_page_release(struct log_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->events[i].id);
        free(page->events[i].stream);
        free(page->events[i].message);
    }
    free(page->events);
    free(page->next);
    *page = (struct log_page){0};
}

void engine_status_release(struct engine_status *status)
{
    free(status->folder);
    free(status->url);
    free(status->version);
    free(status->log);
    free(status->key_id);
    if (status->secret)
        memory_wipe(status->secret, strlen(status->secret));
    free(status->secret);
    *status = (struct engine_status){0};
}
