#include "providers/aws/wire/pages.h"

#include <stdlib.h>
#include <string.h>

static void rest_call(const struct listing *listing, const char *token, struct aws_call *call)
{
    char *encoded;

    if (!token) {
        aws_call_rest(call, listing->service, listing->operation, "GET", NULL, "%s", listing->path);
        return;
    }
    encoded = aws_encode(token);
    aws_call_rest(call, listing->service, listing->operation, "GET", NULL, "%s&%s=%s",
                  listing->path, listing->ask, encoded);
    free(encoded);
}

void listing_call(const struct listing *listing, const char *token, struct aws_call *call)
{
    json_t *body;

    if (listing->service->protocol == AWS_REST_JSON) {
        rest_call(listing, token, call);
    } else {
        body = listing->body ? json_copy((json_t *)listing->body) : json_object();
        if (token)
            json_object_set_new(body, listing->ask, json_string(token));
        aws_call_action(call, listing->service, listing->operation, body);
    }
    call->accept = listing->accept;
}

/* Appends a page's items; returns the token of the next page, borrowed, or NULL. */
static const char *take_page(const struct listing *listing, const struct aws_call *call,
                             json_t *items)
{
    const char *token = json_string_at(call->reply, listing->next);
    json_t *page = json_at(call->reply, listing->items);

    if (json_is_array(page))
        json_array_extend(items, page);
    return *token && !call->code ? token : NULL;
}

int listing_follow(struct session *session, const struct listing *listing,
                   const struct aws_call *first, json_t *items, struct err *err)
{
    const char *token = take_page(listing, first, items);
    struct aws_call call = {0};
    struct aws_call next;
    int result = 0;

    while (token && result == 0) {
        if (json_array_size(items) > PAGES_MOST_ITEMS) {
            result = err_set(err, ERR_SERVICE, "cannot %s: more than %d items", listing->operation,
                             PAGES_MOST_ITEMS);
            break;
        }
        listing_call(listing, token, &next);
        aws_call_release(&call);
        call = next;
        result = aws_perform(session->aws, &call, 1, err);
        token = result == 0 ? take_page(listing, &call, items) : NULL;
    }
    aws_call_release(&call);
    return result;
}

json_t *listing_all(struct session *session, const struct listing *listing, struct err *err)
{
    json_t *items = json_array();
    struct aws_call call;

    listing_call(listing, NULL, &call);
    if (aws_perform(session->aws, &call, 1, err) < 0 ||
        listing_follow(session, listing, &call, items, err) < 0) {
        json_decref(items);
        items = NULL;
    }
    aws_call_release(&call);
    return items;
}
