/*
 * CloudWatch Logs' filter patterns, as far as they are words or one JSON
 * comparison: ERROR "two words" ?any ?of -none, { $.level = "error" }.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
#ifndef FNCTL_ENGINE_FILTER_PATTERN_H
#define FNCTL_ENGINE_FILTER_PATTERN_H

#include "core/err.h"

#include <stdbool.h>

struct filter_pattern;

/* NULL with ERR_FAILED when the pattern is wrong or of a kind that is not known here. "" matches
 * everything. */
struct filter_pattern *filter_pattern_new(const char *text, struct err *err);
void filter_pattern_free(struct filter_pattern *pattern);

bool filter_pattern_matches(const struct filter_pattern *pattern, const char *message);

#endif
