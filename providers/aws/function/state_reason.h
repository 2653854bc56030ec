/*
 * Why Lambda calls a function, or its update, failed: the codes of
 * StateReasonCode and LastUpdateStatusReasonCode, with what to do.
 * https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
 */
#ifndef FNCTL_PROVIDERS_AWS_STATE_REASON_H
#define FNCTL_PROVIDERS_AWS_STATE_REASON_H

/* What to do about it, in a clause; NULL for a code that says nothing to us. */
const char *state_reason_advice(const char *code);

#endif
