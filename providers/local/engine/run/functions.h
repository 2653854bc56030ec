/* Functions as the data plane needs them: resolved to what is to be run. */
#ifndef FNCTL_ENGINE_FUNCTIONS_H
#define FNCTL_ENGINE_FUNCTIONS_H

#include "core/err.h"
#include "core/strlist.h"
#include "providers/local/engine/engine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { FUNCTION_NAME_LEN = 65, FUNCTION_QUALIFIER_LEN = 129 };

/* What a client may write for a function, taken apart. */
struct function_name {
    char name[FUNCTION_NAME_LEN];
    char qualifier[FUNCTION_QUALIFIER_LEN]; /* "": none */
};

/* Takes a name, partial ARN or ARN, with or without ":QUALIFIER". -1: it is none of these. */
int functions_parse_name(const char *text, struct function_name *name);

/* The version that a qualifier means now: an alias's (by its weights), the qualifier itself, or
 * "$LATEST"; to free(). Whether there is that version is not looked at. */
char *functions_version(struct engine *engine, const char *name, const char *qualifier);

struct function_version {
    char *name;
    char *version; /* "$LATEST" or a number */
    char *arn;     /* as invoked: with the alias or version when one was given */
    char *runtime;
    char *handler;
    char *architecture;
    int64_t memory;            /* MB */
    int64_t timeout;           /* s */
    int64_t ephemeral_storage; /* MB */
    json_t *environment;       /* object of strings; may be NULL */
    char *code;                /* blob name of the function zip */
    struct strlist layers;     /* blob names, in order */
    char *log_group;
    char *log_format; /* "Text" or "JSON" */
    char *revision;   /* changes whenever code or configuration change: key of warm environments */
    int64_t concurrency; /* reserved; -1: none */
    int64_t retries;     /* of asynchronous invocations, 0..2 */
};
void function_version_release(struct function_version *version);
struct function_version function_version_copy(const struct function_version *from);

/*
 * Resolves a name, partial ARN or ARN with an optional qualifier (version,
 * alias with its routing weights, NULL) to a version. -1 with ERR_FAILED when
 * there is none.
 */
int functions_resolve(struct engine *engine, const char *name, const char *qualifier,
                      struct function_version *version, struct err *err);

/* A call from outside, as a function's resource policy sees it. Borrowed strings. */
struct function_access {
    const char *action;     /* "lambda:InvokeFunction" */
    const char *principal;  /* "apigateway.amazonaws.com"; "*": anybody */
    const char *source_arn; /* NULL: none */
    bool via_url;           /* through the function URL: lambda:InvokedViaFunctionUrl is true */
};

/*
 * Whether a statement of the policy of function (plain name) and qualifier
 * ("": none) allows the call. A public function URL needs two: lambda:InvokeFunctionUrl and, via
 * the URL, lambda:InvokeFunction.
 */
bool functions_permit(struct engine *engine, const char *name, const char *qualifier,
                      const struct function_access *access);

#endif
