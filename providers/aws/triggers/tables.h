/* Tables whose streams call functions: a stream's ARN is known to the table alone. */
#ifndef FNCTL_PROVIDERS_AWS_TABLES_H
#define FNCTL_PROVIDERS_AWS_TABLES_H

#include "providers/aws/reads.h"

/* Adds the reads of the tables that the settings name for the function; each once. None on the
 * local engine, which has no tables. */
void tables_add(struct session *session, struct reads *reads, struct remote *remote);

/* The ARN of the stream of a trigger's table, to free(). NULL with ERR_SETTINGS when there is no
 * table, or no stream of it, saying how to make one. */
char *tables_stream(const struct session *session, const struct trigger *trigger, struct err *err);

#endif
