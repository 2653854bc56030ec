/* CloudWatch, as far as it tells what functions did: its operations are in cloudwatch.c. */
#ifndef FNCTL_ENGINE_CLOUDWATCH_H
#define FNCTL_ENGINE_CLOUDWATCH_H

/* The code that clients of CloudWatch's older protocol know an error by, for x-amzn-query-error. */
const char *cloudwatch_query_code(const char *code);

#endif
