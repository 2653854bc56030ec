#include "packager/script.h"

#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

/* The folders of PATH on Lambda that the system's programs are in. */
static bool is_system_folder(const char *folder)
{
    static const char *const folders[] = {"/bin", "/usr/bin", "/usr/local/bin"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        if (strcmp(folders[i], folder) == 0)
            return true;
    return false;
}

/* The first word of `*text`, which moves behind it; NULL when there is none. To free(). */
static char *next_word(const char **text)
{
    const char *start = *text + strspn(*text, " \t");
    size_t len = strcspn(start, " \t");

    *text = start + len;
    return len ? xstrndup(start, len) : NULL;
}

/* What env(1) would start: the first word that is neither an option nor a variable. To free(). */
static char *find_command(const char *text)
{
    char *word;

    while ((word = next_word(&text)) != NULL && (word[0] == '-' || strchr(word, '=')))
        free(word);
    return word;
}

/* Whether the package, or a layer that is not known here, has what is at a path of Lambda's. */
static bool is_packaged(const struct content *content, const char *path)
{
    static const char code[] = "/var/task/", layer[] = "/opt/";

    if (strncmp(path, code, strlen(code)) == 0)
        return entries_find(&content->code, path + strlen(code)) != NULL;
    if (strncmp(path, layer, strlen(layer)) == 0)
        return content->function->layers.count > 0 ||
               entries_find(&content->libraries, path + strlen(layer)) != NULL;
    return false;
}

static bool has_program(const struct content *content, const char *program)
{
    char *folder = file_folder(program);
    bool found = is_system_folder(folder) && runtime_has_program(file_name(program));

    free(folder);
    return found || is_packaged(content, program);
}

/* A command that is looked for along PATH, which ends with /opt/bin. */
static bool has_command(const struct content *content, const char *command)
{
    char *in_layer = xasprintf("/opt/bin/%s", command);
    bool found = strchr(command, '/')
                     ? has_program(content, command)
                     : runtime_has_program(command) || is_packaged(content, in_layer);

    free(in_layer);
    return found;
}

static int refuse(const struct content *content, const char *path, const char *program,
                  struct err *err)
{
    static const char advice[] = "there are sh, bash, sed, awk and grep; choose the runtime of its "
                                 "language, write the handler for one of these, or have the "
                                 "program in the package or a layer";

    if (strcmp(content->settings->provider, "local") != 0)
        return err_set(err, ERR_PACKAGE,
                       "the handler '%s' is a script for '%s', which %s lacks: %s", path, program,
                       content->function->runtime, advice);
    out_warn(content->out, "function '%s': '%s' is a script for '%s', which %s lacks on AWS: %s",
             content->function->name, path, program, content->function->runtime, advice);
    return 0;
}

/* The kernel gives env(1) the rest of the line as one word, which -S splits. */
static bool is_one_word(const char *rest)
{
    rest += strspn(rest, " \t");
    return rest[0] == '-' || rest[strcspn(rest, " \t")] == '\0';
}

static int check_env(const struct content *content, const char *path, const char *rest,
                     struct err *err)
{
    char *command = find_command(rest);
    int result = 0;

    if (!is_one_word(rest))
        result = err_set(err, ERR_PACKAGE,
                         "the first line of the handler '%s' has env look for a program that is "
                         "called '%s': write #!/usr/bin/env -S%s",
                         path, rest + strspn(rest, " \t"), rest);
    else if (!command)
        result = err_set(err, ERR_PACKAGE,
                         "the first line of the handler '%s' names no program "
                         "after env, as in #!/usr/bin/env bash",
                         path);
    else if (!has_command(content, command))
        result = refuse(content, path, command, err);
    free(command);
    return result;
}

static int check_program(const struct content *content, const char *path, const char *line,
                         struct err *err)
{
    const char *rest = line;
    char *program = next_word(&rest);
    int result = 0;

    if (!program)
        result = err_set(err, ERR_PACKAGE,
                         "the first line of the handler '%s' names no program "
                         "after #!, as in #!/bin/sh",
                         path);
    else if (strcmp(program, "/usr/bin/env") == 0 || strcmp(program, "/bin/env") == 0)
        result = check_env(content, path, rest, err);
    else if (program[0] != '/')
        result = err_set(err, ERR_PACKAGE,
                         "the first line of the handler '%s' names '%s': the kernel wants the full "
                         "path of a program, as in #!/bin/sh or #!/usr/bin/env bash",
                         path, program);
    else if (!has_program(content, program))
        result = refuse(content, path, program, err);
    free(program);
    return result;
}

int script_check(const struct content *content, const char *path, const char *start, size_t len,
                 struct err *err)
{
    const char *end = memchr(start, '\n', len);
    size_t line_len = end ? (size_t)(end - start) : len;
    char *line;
    int result;

    /* The kernel takes no notice of blanks at the end. */
    while (line_len > 2 && (start[line_len - 1] == ' ' || start[line_len - 1] == '\t'))
        line_len--;
    line = xstrndup(start + 2, line_len - 2);
    if (strchr(line, '\r'))
        result = err_set(err, ERR_PACKAGE,
                         "the first line of the handler '%s' ends like a line of Windows (CR LF), "
                         "which the kernel takes for a part of the program's name: convert it, as "
                         "by sed -i 's/\\r$//' or dos2unix",
                         path);
    else
        result = check_program(content, path, line, err);
    free(line);
    return result;
}
