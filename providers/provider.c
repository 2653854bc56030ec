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

void login_release(struct login *login)
{
    free(login->profile);
    *login = (struct login){0};
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

void log_event_set(struct log_event *event, const char *stream, const char *id, const char *message,
                   size_t message_len)
{
    size_t stream_size = strlen(stream) + 1, id_size = strlen(id) + 1;
    char *block;

    while (message_len && (message[message_len - 1] == '\n' || message[message_len - 1] == '\r'))
        message_len--;
    block = xcalloc(1, stream_size + id_size + message_len + 1);
    memcpy(block, stream, stream_size);
    memcpy(block + stream_size, id, id_size);
    memcpy(block + stream_size + id_size, message, message_len);
    event->stream = block;
    event->id = block + stream_size;
    event->message = block + stream_size + id_size;
    event->message_len = message_len;
}

void log_event_release(struct log_event *event)
{
    free(event->stream);
    *event = (struct log_event){0};
}

void log_live_news_release(struct log_live_news *news)
{
    for (size_t i = 0; i < news->count; i++)
        log_event_release(&news->events[i]);
    free(news->events);
    *news = (struct log_live_news){0};
}

void log_page_release(struct log_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        log_event_release(&page->events[i]);
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
