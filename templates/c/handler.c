/*
 * The function: zips what it is sent and answers how small that got. With
 * {"maps": true}, or ?maps=true in the URL, it also lists the shared libraries
 * it runs with.
 */
#include "runtime.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

/* Writes a zip with one entry into `target`, in memory. The caller keeps `target`. */
static int write_zip(zip_source_t *target, const char *data, size_t len)
{
    zip_t *archive = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    zip_source_t *entry;

    if (!archive)
        return -1;
    zip_source_keep(target); /* zip_close() releases one reference */
    entry = zip_source_buffer(archive, data, len, 0);
    if (!entry || zip_file_add(archive, "payload", entry, ZIP_FL_ENC_UTF_8) < 0) {
        zip_source_free(entry);
        zip_discard(archive);
        return -1;
    }
    if (zip_close(archive) < 0) {
        zip_discard(archive);
        return -1;
    }
    return 0;
}

/* The size of a zip with `data` in it, or -1. */
static json_int_t zipped_size(const char *data, size_t len)
{
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_stat_t status;
    json_int_t size = -1;

    if (!target)
        return -1;
    if (write_zip(target, data, len) == 0 && zip_source_stat(target, &status) == 0)
        size = (json_int_t)status.size;
    zip_source_free(target);
    return size;
}

/* The files mapped into this process whose name has ".so" in it, each once. */
static json_t *mapped_libraries(void)
{
    json_t *libraries = json_array();
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4352], last[4352] = "";

    while (maps && fgets(line, sizeof(line), maps)) {
        char *path = strchr(line, '/');

        if (!path || !strstr(path, ".so"))
            continue;
        path[strcspn(path, "\n")] = '\0';
        if (strcmp(path, last) != 0) /* the parts of a library follow one another */
            json_array_append_new(libraries, json_string(path));
        snprintf(last, sizeof(last), "%s", path);
    }
    if (maps)
        fclose(maps);
    return libraries;
}

static int wants_maps(const json_t *event)
{
    const json_t *query = json_object_get(event, "queryStringParameters");
    const char *asked = json_string_value(json_object_get(query, "maps"));

    return json_is_true(json_object_get(event, "maps")) || (asked && strcmp(asked, "true") == 0);
}

/* An HTTP request is zipped by its body, any other event whole. */
static json_t *make_answer(const json_t *event, const struct invocation *invocation)
{
    const json_t *body = json_object_get(event, "body");
    const char *data = json_is_string(body) ? json_string_value(body) : invocation->event;
    size_t len = json_is_string(body) ? json_string_length(body) : invocation->event_len;
    json_int_t size = zipped_size(data, len);
    json_t *answer;

    if (size < 0)
        return NULL;
    answer = json_pack("{s:I, s:I, s:{s:s, s:s, s:s}}", "bytes", (json_int_t)len, "zipped", size,
                       "versions", "curl", curl_version_info(CURLVERSION_NOW)->version, "jansson",
                       jansson_version_str(), "libzip", zip_libzip_version());
    if (wants_maps(event))
        json_object_set_new(answer, "libraries", mapped_libraries());
    return answer;
}

/* Answers one event. An object without "statusCode" is sent to HTTP clients as JSON, status 200. */
static int handle(struct runtime *runtime, const struct invocation *invocation)
{
    json_error_t error;
    json_t *event = json_loads(invocation->event, JSON_DECODE_ANY, &error);
    json_t *answer = event ? make_answer(event, invocation) : NULL;
    char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
    int result;

    fprintf(stderr, "zipping an event of %zu bytes\n", invocation->event_len);
    if (!event)
        result = runtime_fail(runtime, invocation, "Handler.BadEvent", error.text);
    else if (!text)
        result = runtime_fail(runtime, invocation, "Handler.ZipFailed", "cannot make the zip");
    else
        result = runtime_respond(runtime, invocation, text, strlen(text));
    free(text);
    json_decref(answer);
    json_decref(event);
    return result;
}

int main(void)
{
    struct runtime *runtime = runtime_open();
    struct invocation invocation;
    int result = 0;

    if (!runtime)
        return 1;
    while (result == 0 && runtime_next(runtime, &invocation) == 0) {
        result = handle(runtime, &invocation);
        invocation_release(&invocation);
    }
    runtime_close(runtime);
    return 1; /* the loop ends only when the API fails */
}
