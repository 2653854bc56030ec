/* Function URLs with InvokeMode RESPONSE_STREAM: the response goes out as the function writes it.
 */
#ifndef FNCTL_ENGINE_CALL_STREAM_H
#define FNCTL_ENGINE_CALL_STREAM_H

#include "providers/local/engine/front/call.h"

/* For invoke_stream(), `context` being the call: begins the response when the prelude of an HTTP
 * response has come whole, or at once where there is none. */
void call_stream_piece(void *context, const void *data, size_t len, bool http);

/* The function is done: ends the response and the call. false: none was begun. */
bool call_stream_end(struct call *call);

#endif
