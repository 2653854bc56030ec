#include "packager/dependencies/dependency_tool.h"

#include "core/buf.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/process.h"
#include "core/strlist.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUT_MAX = 8 << 20, WORDS_MAX = 1500, LINES_MAX = 12 };

/* What pip, uv and npm say when it is the network. */
static const char *const network_words[] = {"NewConnectionError",
                                            "ConnectTimeoutError",
                                            "ReadTimeoutError",
                                            "ProxyError",
                                            "SSLError",
                                            "Connection broken",
                                            "Failed to fetch",
                                            "error sending request",
                                            "dns error",
                                            "ENOTFOUND",
                                            "EAI_AGAIN",
                                            "ECONNREFUSED",
                                            "ECONNRESET",
                                            "ETIMEDOUT",
                                            NULL};

static const char network_advice[] =
    "check the network, the proxy and the address of the package index";

static bool says(const struct buf *words, const char *const *needles)
{
    for (; *needles; needles++)
        if (strstr(buf_string(words), *needles))
            return true;
    return false;
}

/* The last lines that say something, indented; to free(). Warnings of attempts that were made again
 * are left out: the error after them says it once. */
static char *last_words(const struct buf *errors)
{
    char *visible = out_visible(buf_string(errors), errors->len);
    struct strlist lines;
    struct buf words;
    char *rest = NULL;
    size_t first;

    strlist_init(&lines);
    for (char *line = strtok_r(visible, "\n\r", &rest); line; line = strtok_r(NULL, "\n\r", &rest))
        if (line[strspn(line, " \t")] && !strstr(line, "WARNING: Retrying"))
            strlist_add(&lines, line);
    buf_init(&words, WORDS_MAX);
    first = lines.count > LINES_MAX ? lines.count - LINES_MAX : 0;
    for (size_t i = first; i < lines.count; i++)
        if (buf_printf(&words, "\n  %s", lines.items[i]) < 0)
            break;
    strlist_release(&lines);
    free(visible);
    return buf_take(&words);
}

/* Where it ends with 0 and yet did not write all. */
static int fail_torn(const struct dependency_tool *tool, const struct buf *errors, struct err *err)
{
    char *words = last_words(errors);

    err_set(err, ERR_PACKAGE, "cannot install %s: %s could not write every file:%s", tool->what,
            tool->name, words);
    free(words);
    return -1;
}

static int fail(const struct dependency_tool *tool, int status, const struct buf *output,
                const struct buf *errors, struct err *err)
{
    char *words = last_words(errors->len ? errors : output);
    bool network = says(errors, network_words) || says(output, network_words);

    err_set(err, network ? ERR_SERVICE : ERR_PACKAGE,
            "cannot install %s: %s ended with status %d%s%s", tool->what, tool->name, status,
            *words ? ":" : "", words);
    if (network)
        err_append(err, "\n%s", network_advice);
    else if (says(errors, tool->unmet))
        err_append(err, "\n%s", tool->advice);
    free(words);
    return -1;
}

int dependency_tool_run(const struct dependency_tool *tool, struct err *err)
{
    struct buf output, errors;
    struct process process = {.argv = tool->argv,
                              .folder = tool->folder,
                              .environment = tool->environment,
                              .output = &output,
                              .errors = &errors};
    int status = -1, result;

    buf_init(&output, OUTPUT_MAX);
    buf_init(&errors, OUTPUT_MAX);
    result = process_run(&process, &status, err);
    if (result < 0 && err->code != ERR_INTERRUPTED) {
        err->code = ERR_PACKAGE;
        err_context(err, "cannot install %s", tool->what);
    } else if (result == 0 && status != 0) {
        result = fail(tool, status, &output, &errors, err);
    } else if (result == 0 && tool->torn && says(&errors, tool->torn)) {
        result = fail_torn(tool, &errors, err);
    }
    buf_release(&output);
    buf_release(&errors);
    return result;
}

void dependency_tool_hash(struct hash *hash, const char *program, const char *prefix)
{
    char *real = realpath(program, NULL);
    struct strlist variables;
    struct stat status;

    hash_text(hash, real ? real : program);
    if (stat(program, &status) == 0) {
        hash_update(hash, &status.st_size, sizeof(status.st_size));
        hash_update(hash, &status.st_mtim, sizeof(status.st_mtim));
    }
    strlist_init(&variables);
    for (char **variable = environ; prefix && *variable; variable++)
        if (strncasecmp(*variable, prefix, strlen(prefix)) == 0)
            strlist_add(&variables, *variable);
    strlist_sort(&variables);
    for (size_t i = 0; i < variables.count; i++)
        hash_text(hash, variables.items[i]);
    strlist_release(&variables);
    free(real);
}
