#include "providers/local/engine/http/server.h"

#include "core/http.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void request_respond_json(struct request *request, int status, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct strlist headers;

    strlist_init(&headers);
    strlist_add(&headers, "Content-Type: application/json");
    request_respond(request, status, &headers, text, text ? strlen(text) : 0);
    strlist_release(&headers);
    json_decref(body);
    free(text);
}

const char *request_header(const struct request *request, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < request->headers.count; i++) {
        const char *header = request->headers.items[i];

        if (strncasecmp(header, name, len) == 0 && header[len] == ':')
            return header + len + 1 + strspn(header + len + 1, " \t");
    }
    return NULL;
}

bool request_is_local(const struct request *request)
{
    const char *host = request_header(request, "Host");
    const char *colon = host ? strrchr(host, ':') : NULL;
    size_t len;

    if (!host)
        return false;
    if (strncmp(host, "[::1]", 5) == 0)
        return host[5] == '\0' || host[5] == ':';
    len = colon ? (size_t)(colon - host) : strlen(host);
    if (len == 9 && strncmp(host, "127.0.0.1", len) == 0)
        return true;
    if (len == 9 && strncasecmp(host, "localhost", len) == 0)
        return true;
    return len > 10 && strncasecmp(host + len - 10, ".localhost", 10) == 0;
}

char *request_parameter(const struct request *request, const char *name)
{
    const char *pair = request->query;

    while (pair && *pair) {
        size_t len = strcspn(pair, "&"), name_len = strcspn(pair, "=&");
        char *key = http_decode(pair, name_len, true);
        bool same = strcmp(key, name) == 0;

        free(key);
        if (same)
            return name_len < len ? http_decode(pair + name_len + 1, len - name_len - 1, true)
                                  : xstrdup("");
        pair += len + (pair[len] == '&');
    }
    return NULL;
}
