#include "cli/cause.h"
#include "cli/traceback.h"
#include "core/json.h"
#include "core/memory.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static const char *subnets[] = {"subnet-1"};

static const struct function python = {.name = "py",
                                       .runtime = "python3.13",
                                       .architecture = "x86_64",
                                       .handler = "app.handler",
                                       .requirements = "requirements.txt",
                                       .memory = 128,
                                       .timeout = 3};
static const struct function bare = {.name = "bare",
                                     .runtime = "python3.13",
                                     .architecture = "x86_64",
                                     .handler = "app.handler",
                                     .memory = 128,
                                     .timeout = 3};
static const struct function node = {.name = "node",
                                     .runtime = "nodejs22.x",
                                     .architecture = "x86_64",
                                     .handler = "index.handler",
                                     .memory = 256,
                                     .timeout = 3};
static const struct function program = {.name = "program",
                                        .runtime = "provided.al2023",
                                        .architecture = "arm64",
                                        .handler = "bot",
                                        .memory = 128,
                                        .timeout = 10,
                                        .vpc = {.subnets = {subnets, 1}}};

#define EXITED(how)                                                                                \
    "RequestId: 8e55e90c-974e-4ca4-b7c8-0051ef8cdb7a Error: Runtime exited with error: " how
#define DENIED                                                                                     \
    "An error occurred (AccessDenied) when calling the GetObject operation: User: "                \
    "arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: s3:GetObject on "    \
    "resource: \"arn:aws:s3:::models/knn.json\" because no identity-based policy allows the "      \
    "s3:GetObject action"
#define DENIED_KMS                                                                                 \
    "User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: kms:Decrypt on "          \
    "resource: "                                                                                   \
    "arn:aws:kms:eu-central-1:1:key/a-b because no identity-based policy allows it"

/* What the runtimes, Lambda and the loader write, and what is to be understood of it. */
static const struct {
    const struct function *function;
    const char *type, *text, *log;
    const char *what; /* the beginning; NULL: no cause is known */
    const char *next; /* in it */
} failures[] = {
    {&python, "Runtime.ImportModuleError",
     "Unable to import module 'app': No module named 'requests'", NULL,
     "the module 'requests' is not in the package", "add its package to requirements.txt"},
    {&bare, "Runtime.ImportModuleError",
     "Unable to import module 'app': No module named 'requests'", NULL,
     "the module 'requests' is not in the package", "set \"requirements\""},
    {&python, "Runtime.ImportModuleError",
     "Unable to import module 'app': cannot import name 'url_quote' from 'werkzeug.urls' (/opt/x)",
     NULL, "a package has no 'url_quote'", "pin the version in requirements.txt"},
    {&python, "Runtime.ImportModuleError",
     "Unable to import module 'app': libpq.so.5: cannot open shared object file: No such file or "
     "directory",
     NULL, "the shared library 'libpq.so.5' is not in the package", "install what has it"},
    {&python, "Runtime.ImportModuleError",
     "Unable to import module 'app': /lib64/libc.so.6: version `GLIBC_2.38' not found (required by "
     "/opt/python/x.so)",
     NULL, "it was built against glibc 2.38, which python3.13", "provided.al2023 has glibc 2.34"},
    {&python, "Runtime.ImportModuleError", "Unable to import module 'app': unknown", NULL,
     "the module of the handler failed", NULL},
    {&python, "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'", NULL,
     "the code has no function of the name in \"handler\": \"app.handler\"", NULL},
    {&python, "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': expected ':'", NULL,
     "the code has a syntax error", "python3.13 may also be too old"},
    {&python, "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON",
     NULL, "the function returned what JSON cannot hold", NULL},
    {&python, "KeyError", "'TABLE'\n  File \"app.py\", line 3\n    os.environ[\"TABLE\"]", NULL,
     "the environment variable 'TABLE' is not set", "\"environment\""},
    {&python, "KeyError", "'TABLE'", NULL, NULL, NULL},
    {&python, "OSError", "[Errno 30] Read-only file system: '/var/task/x'", NULL,
     "the code and its layers cannot be written to", "write below /tmp"},
    {&python, "OSError", "[Errno 28] No space left on device", NULL, "/tmp is full",
     "\"ephemeral_storage\""},
    {&python, "PermissionError", "[Errno 13] Permission denied: '/var/task/tool'", NULL,
     "a file may not be read", "chmod"},
    {&python, "MemoryError", "", NULL, "it needs more than its 128 MB", "raise \"memory\""},
    {&python, "URLError", "<urlopen error [Errno 111] Connection refused>", NULL,
     "nothing takes connections", NULL},
    {&python, "URLError", "<urlopen error [Errno -2] Name or service not known>", NULL,
     "a host name that it calls cannot be found", NULL},
    {&python, "ClientError", DENIED, NULL,
     "its role may not do s3:GetObject on arn:aws:s3:::models/knn.json",
     "add \"s3:GetObject arn:aws:s3:::models/knn.json\" to the function's \"permissions\""},
    {&node, "AccessDeniedException", DENIED_KMS, NULL,
     "its role may not do kms:Decrypt on arn:aws:kms:eu-central-1:1:key/a-b",
     "add \"kms:Decrypt arn:aws:kms:eu-central-1:1:key/a-b\""},
    {&node, "Runtime.ImportModuleError",
     "Cannot find package 'left-pad' imported from /var/task/index.mjs", NULL,
     "the package 'left-pad' is not in the zip", "npm install left-pad"},
    {&node, "Runtime.ImportModuleError",
     "Cannot find module 'left-pad'\nRequire stack:\n- /var/task/index.js", NULL,
     "the package 'left-pad' is not in the zip", "\"node_modules\": \"install\""},
    {&node, "Runtime.ImportModuleError", "Cannot find module './lib/db'\nRequire stack:\n", NULL,
     "the file './lib/db' is not in the package", "--why"},
    {&node, "Runtime.UserCodeSyntaxError",
     "SyntaxError: Cannot use import statement outside a module", NULL,
     "the file is a module, but is read as CommonJS", ".mjs"},
    {&node, "Runtime.HandlerNotFound", "index.handler is undefined or not exported", NULL,
     "the code has no function of the name in \"handler\": \"index.handler\"", "exports"},
    {&node, "Error", "connect ECONNREFUSED 127.0.0.1:5432", NULL,
     "nothing takes connections at 127.0.0.1:5432", NULL},
    {&node, "Error", "getaddrinfo ENOTFOUND db.example.com", NULL,
     "the host name 'db.example.com' cannot be found", NULL},
    {&node, "Runtime.OutOfMemory", EXITED("signal: killed"),
     "REPORT RequestId: x\tMemory Size: 256 MB\tMax Memory Used: 256 MB\t\n",
     "it needs more than its 256 MB, of which it used 256", "raise \"memory\""},
    {&node, "Runtime.ExitError", EXITED("signal: aborted"),
     "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n",
     "it needs more than its 256 MB", NULL},
    {&python, "", "2026-11-20T09:00:00.123Z 8e55e90c Task timed out after 3.00 seconds", NULL,
     "it did not end within its \"timeout\" of 3 s", "raise \"timeout\" (at most 900;"},
    {&program, "Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 10.00 seconds", NULL,
     "it did not end within its \"timeout\" of 10 s", "in a VPC wants a NAT gateway"},
    {&program, "Runtime.ExitError", EXITED("exit status 127"),
     "/var/task/bootstrap: error while loading shared libraries: libssl.so.3: cannot open shared "
     "object file: No such file or directory\n",
     "the shared library 'libssl.so.3' is not in the package", NULL},
    {&program, "Runtime.InvalidEntrypoint",
     "RequestId: 1 Error: fork/exec /var/task/bootstrap: exec format error", NULL,
     "the program is not for arm64", "\"architecture\""},
    {&program, "Runtime.InvalidEntrypoint", "RequestId: 1 Error: Couldn't find valid bootstrap(s)",
     NULL, "\"handler\": \"bot\" could not be started", "executable, for arm64"},
    {&program, "Runtime.ExitError", EXITED("exit status 5"), "hello\n",
     "the process ended with status 5 instead of answering", NULL},
    {&program, "Runtime.ExitError", EXITED("signal: segmentation fault"), NULL,
     "native code read or wrote where it may not", "arm64"},
    {&python, "", "cannot Invoke: TooManyRequestsException: Rate Exceeded.", NULL,
     "as many calls run as its \"concurrency\"", "later"},
    {&program, "", "cannot Invoke: EC2AccessDeniedException: no", NULL,
     "its role may not make network interfaces", "ec2:CreateNetworkInterface"},
    /* What a function wrote on its way does not explain an error of its own. */
    {&python, "ZeroDivisionError", "division by zero", "retrying: Connection refused\n", NULL,
     NULL},
    {&node, "Error", "No module named 'x'", NULL, NULL, NULL},
    {&program, "Error", "is not authorized to perform: ", NULL, NULL, NULL},
};

static struct cause cause;

static bool find(size_t i)
{
    struct failure failure = {.function = failures[i].function,
                              .type = failures[i].type,
                              .text = failures[i].text,
                              .text_len = strlen(failures[i].text),
                              .log = failures[i].log,
                              .log_len = failures[i].log ? strlen(failures[i].log) : 0};

    return cause_find(&failure, &cause);
}

static void causes_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        bool found = find(i);
        const char *what = failures[i].what, *next = failures[i].next;

        if (found != (what != NULL) || (what && strncmp(cause.what, what, strlen(what)) != 0) ||
            (next && !strstr(cause.next, next)))
            fail_msg("%s: %s: %s; %s", failures[i].type, failures[i].text,
                     found ? cause.what : "no cause", found ? cause.next : "");
        if (found && (strstr(cause.what, "{1}") || strstr(cause.next, "{requirements}")))
            fail_msg("not filled: %s; %s", cause.what, cause.next);
        cause_release(&cause);
    }
}

/* Every beginning of every text, and one that never ends. */
static void no_text_is_too_odd(void **state)
{
    char *large = xcalloc(1000000, 1);

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        for (size_t len = 0; len <= strlen(failures[i].text); len++) {
            char *text = xstrndup(failures[i].text, len);
            struct failure failure = {
                .function = failures[i].function, .type = "", .text = text, .text_len = len};

            cause_find(&failure, &cause);
            cause_release(&cause);
            free(text);
        }
    }
    memset(large, 'x', 999999);
    memcpy(large, "No module named '", 17);
    assert_true(cause_find(
        &(struct failure){.function = &python, .type = "", .text = large, .text_len = 999999},
        &cause));
    assert_in_range(strlen(cause.what), 1, 300);
    cause_release(&cause);
    free(large);
}

static const struct {
    const char *error, *shown;
} errors[] = {
    {"{\"errorType\":\"E\",\"errorMessage\":\"m\",\"stackTrace\":[\"  File \\\"a.py\\\", line 1, "
     "in "
     "f\\n    g()\\n\",\"  File \\\"b.py\\\", line 2, in g\\n    h()\\n\"]}",
     "E: m\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\n"
     "  File \"b.py\", line 2, in g\n    h()\n"},
    {"{\"errorType\":\"TypeError\",\"errorMessage\":\"m\",\"trace\":[\"TypeError: m\",\"    at f "
     "(x.js:1:2)\"]}",
     "TypeError: m\n    at f (x.js:1:2)\n"},
    {"{\"errorType\":\"java.lang.RuntimeException\",\"errorMessage\":\"outer\",\"stackTrace\":["
     "\"com.example.Handler.handle(Handler.java:10)\"],\"cause\":{\"errorType\":"
     "\"java.io.IOException\",\"errorMessage\":\"inner\",\"stackTrace\":[\"a.B.c(B.java:2)\"]}}",
     "java.lang.RuntimeException: outer\n    at com.example.Handler.handle(Handler.java:10)\n"
     "Caused by: java.io.IOException: inner\n    at a.B.c(B.java:2)\n"},
    {"{\"errorType\":\"NullReferenceException\",\"errorMessage\":\"m\",\"stackTrace\":[\"at "
     "A.B() in /x.cs:line 3\"]}",
     "NullReferenceException: m\n    at A.B() in /x.cs:line 3\n"},
    {"{\"errorType\":\"errorString\",\"errorMessage\":\"m\",\"stackTrace\":[{\"path\":\"main.go\","
     "\"line\":7,\"label\":\"main.f\"}]}",
     "errorString: m\n    at main.f (main.go:7)\n"},
    {"{\"errorMessage\":\"only this\"}", "only this\n"},
    {"{\"errorType\":\"E\",\"errorMessage\":1,\"stackTrace\":\"no list\",\"trace\":[1,{}]}", "E\n"},
    {"{\"other\":1}", ""},
    {"[1]", ""},
};

static void tracebacks_are_readable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        json_t *error = json_loads(errors[i].error, 0, NULL);
        struct buf text;

        assert_non_null(error);
        buf_init(&text, 0);
        traceback_print(&text, error);
        assert_string_equal(buf_string(&text), errors[i].shown);
        buf_release(&text);
        json_decref(error);
    }
}

static void tracebacks_are_bounded(void **state)
{
    json_t *frames = json_array();
    json_t *error;
    struct buf text;

    (void)state;
    for (int i = 0; i < 5000; i++)
        json_array_append_new(frames, json_string("a.b(c)"));
    error =
        json_pack("{s:s, s:s, s:o}", "errorType", "E", "errorMessage", "m", "stackTrace", frames);
    for (int i = 0; i < 100; i++)
        error = json_pack("{s:s, s:o}", "errorMessage", "m", "cause", error);
    buf_init(&text, 0);
    traceback_print(&text, error);
    assert_in_range(text.len, 1, 1000);
    buf_clear(&text);
    while (json_object_get(error, "cause")) {
        json_t *inner = json_incref(json_object_get(error, "cause"));

        json_decref(error);
        error = inner;
    }
    traceback_print(&text, error);
    assert_non_null(strstr(buf_string(&text), "    ... 4800 more\n"));
    buf_release(&text);
    json_decref(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_found),
        cmocka_unit_test(no_text_is_too_odd),
        cmocka_unit_test(tracebacks_are_readable),
        cmocka_unit_test(tracebacks_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
