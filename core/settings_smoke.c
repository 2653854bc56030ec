#include "core/settings_smoke.h"

#include "core/memory.h"

#include <string.h>

enum { PATH_MAX_BYTES = 2048 };

static const char *const methods[] = {"GET",   "HEAD",   "POST",    "PUT",
                                      "PATCH", "DELETE", "OPTIONS", NULL};

static int check_path(const void *member, struct err *err)
{
    const char *path = *(const char *const *)member;

    if (path[0] != '/')
        return err_set(err, ERR_SETTINGS, "must begin with '/', as in \"/time?city=Berlin\"");
    for (const unsigned char *at = (const unsigned char *)path; *at; at++)
        if (*at <= ' ' || *at >= 0x7f || *at == '#')
            return err_set(err, ERR_SETTINGS,
                           "must be as in a URL, spaces and letters beyond ASCII as %%20 and the "
                           "like");
    return 0;
}

const struct field settings_smoke_fields[] = {
    {.name = "payload",
     .type = FIELD_JSON,
     .offset = offsetof(struct smoke, payload),
     .help = "the event of the call; without an error of the function it is passed",
     .example = "{\"city\": \"Berlin\"}"},
    {.name = "path",
     .type = FIELD_STRING,
     .offset = offsetof(struct smoke, path),
     .help = "instead of payload, for what is called over HTTP: path and query of a request",
     .max = PATH_MAX_BYTES,
     .example = "\"/time\"",
     .check = check_path},
    {.name = "method",
     .type = FIELD_STRING,
     .offset = offsetof(struct smoke, method),
     .help = "method of the request; by default GET",
     .choices = methods,
     .example = "\"GET\""},
    {.name = "status",
     .type = FIELD_INT,
     .offset = offsetof(struct smoke, status),
     .help = "status that the answer to the request must have; by default 200",
     .min = 100,
     .max = 599,
     .example = "200"},
    {.name = "expect",
     .type = FIELD_JSON,
     .offset = offsetof(struct smoke, expect),
     .help = "what must be in the result, or in the answer's body: an object's members, a text "
             "that is part of the body, or the value itself",
     .example = "{\"ok\": true}"},
    FIELD_END,
};

bool settings_smoke_is_set(const struct smoke *smoke)
{
    return smoke->payload || smoke->path;
}

int settings_smoke_status(const struct smoke *smoke)
{
    return smoke->status ? (int)smoke->status : 200;
}

int settings_smoke_check(const struct smoke *smoke, const json_t *written,
                         const struct schema_source *source, const struct json_path *path,
                         struct err *err)
{
    const struct json_path place = {.parent = path, .key = "smoke"};

    if (!written)
        return 0;
    if (!smoke->payload == !smoke->path)
        return schema_error(source, &place, true, err,
                            "exactly one of 'payload' and 'path' must be set");
    if (smoke->payload && (smoke->method || smoke->status))
        return schema_error(source, &place, true, err,
                            "'method' and 'status' go with 'path', not with 'payload'");
    return 0;
}

char *settings_smoke_text(const struct smoke *smoke)
{
    if (smoke->path)
        return xasprintf("%s %s gives %d%s", smoke->method ? smoke->method : "GET", smoke->path,
                         settings_smoke_status(smoke),
                         smoke->expect ? " and what is expected" : "");
    return xasprintf("the payload gives %s", smoke->expect ? "what is expected" : "no error");
}
