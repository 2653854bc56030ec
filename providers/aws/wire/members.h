/*
 * The members of the AWS provider but open(), values() and check_access(), for
 * the tables of the providers that speak AWS's protocols.
 */
#ifndef FNCTL_PROVIDERS_AWS_MEMBERS_H
#define FNCTL_PROVIDERS_AWS_MEMBERS_H

#include "providers/aws/access/policy_document.h"
#include "providers/aws/access/simulate.h"
#include "providers/aws/api/apigateway.h"
#include "providers/aws/aws.h"
#include "providers/aws/function/concurrency.h"
#include "providers/aws/function/function.h"
#include "providers/aws/function/invoke.h"
#include "providers/aws/function/live.h"
#include "providers/aws/function/read.h"
#include "providers/aws/function/shift.h"
#include "providers/aws/function/url.h"
#include "providers/aws/function/version.h"
#include "providers/aws/function/version_list.h"
#include "providers/aws/function/version_prune.h"
#include "providers/aws/iam.h"
#include "providers/aws/inventory.h"
#include "providers/aws/logs.h"
#include "providers/aws/metrics.h"
#include "providers/aws/observe.h"
#include "providers/aws/scheduler.h"
#include "providers/aws/status.h"
#include "providers/aws/triggers/triggers.h"
#include "providers/aws/values/values.h"

/* clang-format off */
#define AWS_MEMBERS                      \
    .close = aws_close,                  \
    .identify = aws_identify,            \
    .observe = aws_observe,              \
    .exists = aws_exists,                \
    .put_role = aws_put_role,            \
    .put_logs = aws_put_logs,            \
    .put_function = aws_put_function,    \
    .publish = aws_publish,              \
    .candidate = aws_candidate,          \
    .release = aws_release,              \
    .live = aws_live,                    \
    .shift = aws_shift,                  \
    .put_concurrency = aws_put_concurrency,\
    .put_url = aws_put_url,              \
    .sync_routes = aws_sync_routes,      \
    .sync_schedules = aws_sync_schedules,\
    .prune = aws_prune,                  \
    .remove = aws_remove,                \
    .endpoint = aws_endpoint,            \
    .status = aws_status,                \
    .metrics = aws_metrics,              \
    .versions = aws_versions,            \
    .prune_versions = aws_prune_versions,\
    .read_function = aws_read_function,  \
    .read_code = aws_read_code,          \
    .invoke = aws_invoke,                \
    .logs = aws_logs_page,               \
    .live_open = aws_live_open,          \
    .live_read = aws_live_read,          \
    .live_close = aws_live_close,        \
    .policy = aws_policy
/* clang-format on */

#endif
