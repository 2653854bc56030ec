#include "cli/describe.h"

#include "core/suggest.h"

#include <string.h>

/* "--name" for each option, separated by spaces. */
static void words_of(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++)
        out_print(out, " --%s", field->name);
}

static void command_names(struct out *out)
{
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            out_print(out, " %s", commands[i]->name);
}

static void print_bash(struct out *out)
{
    out_print(out, "# bash completion for fnctl\n_fnctl() {\n"
                   "    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words\n"
                   "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words='");
    command_names(out);
    out_print(out, "'\n    else\n        case $command in\n");
    for (size_t i = 0; commands[i]; i++) {
        out_print(out, "        %s) words='", commands[i]->name);
        words_of(out, commands[i]->options);
        out_print(out, "' ;;\n");
    }
    out_print(out, "        esac\n        words=\"$words");
    words_of(out, common_options);
    out_print(out, "\"\n    fi\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                   "complete -o default -F _fnctl fnctl\n");
}

/* Brackets, colons and quotes mean something in zsh's _arguments. */
static void zsh_text(struct out *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            out_print(out, "\\%c", *text);
        else if (*text == '\'')
            out_print(out, "'\\''");
        else
            out_print(out, "%c", *text);
    }
}

static void zsh_options(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++) {
        out_print(out, " \\\n            '--%s[", field->name);
        zsh_text(out, field->help);
        out_print(out, "]");
        if (field->type != FIELD_BOOL)
            out_print(out, ":%s:%s", field->value ? field->value : "VALUE",
                      field->value && strcmp(field->value, "FILE") == 0 ? "_files" : "");
        out_print(out, "'");
    }
}

static void print_zsh(struct out *out)
{
    out_print(out, "#compdef fnctl\n\n_fnctl() {\n    local -a commands\n    commands=(");
    for (size_t i = 0; commands[i]; i++) {
        out_print(out, "\n        '%s:", commands[i]->name);
        zsh_text(out, commands[i]->summary);
        out_print(out, "'");
    }
    out_print(out, "\n    )\n    if (( CURRENT == 2 )); then\n"
                   "        _describe command commands\n        return\n    fi\n"
                   "    case $words[2] in\n");
    for (size_t i = 0; commands[i]; i++) {
        out_print(out, "    %s)\n        _arguments", commands[i]->name);
        zsh_options(out, commands[i]->options);
        zsh_options(out, common_options);
        out_print(out, " \\\n            '*::argument:_files'\n        ;;\n");
    }
    out_print(out, "    esac\n}\n\n_fnctl \"$@\"\n");
}

static void fish_text(struct out *out, const char *text)
{
    for (; *text; text++)
        out_print(out, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
}

static void fish_options(struct out *out, const char *condition, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++) {
        out_print(out, "complete -c fnctl %s -l %s", condition, field->name);
        if (field->letter)
            out_print(out, " -s %c", field->letter);
        if (field->type != FIELD_BOOL)
            out_print(out, " -r");
        out_print(out, " -d '");
        fish_text(out, field->help);
        out_print(out, "'\n");
    }
}

static void print_fish(struct out *out)
{
    out_print(out, "# fish completion for fnctl\n");
    for (size_t i = 0; commands[i]; i++) {
        out_print(out, "complete -c fnctl -n __fish_use_subcommand -f -a %s -d '",
                  commands[i]->name);
        fish_text(out, commands[i]->summary);
        out_print(out, "'\n");
    }
    fish_options(out, "", common_options);
    for (size_t i = 0; commands[i]; i++) {
        char condition[96];

        snprintf(condition, sizeof(condition), "-n '__fish_seen_subcommand_from %s'",
                 commands[i]->name);
        fish_options(out, condition, commands[i]->options);
    }
}

int describe_completion(struct out *out, const char *shell, struct err *err)
{
    static const struct {
        const char *shell;
        void (*print)(struct out *out);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    struct suggest suggest = {.word = shell};

    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print(out);
            return 0;
        }
        suggest_offer(&suggest, shells[i].shell);
    }
    err_set(err, ERR_USAGE, "no completion for '%s': it is one of bash, zsh, fish", shell);
    return suggest.best ? err_append(err, "; did you mean '%s'?", suggest.best) : -1;
}
