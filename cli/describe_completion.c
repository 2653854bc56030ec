#include "cli/describe.h"

#include "core/strlist.h"
#include "core/suggest.h"

#include <string.h>

/* "--name" for each option, separated by spaces. */
static void words_of(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++)
        out_print(out, " --%s", field->name);
}

static void words(struct out *out, void (*list)(struct strlist *words))
{
    struct strlist names;

    strlist_init(&names);
    list(&names);
    for (size_t i = 0; i < names.count; i++)
        out_print(out, " %s", names.items[i]);
    strlist_release(&names);
}

/* What to offer for the arguments of a command: words, or nothing. */
static void argument_words(struct out *out, const struct command *command)
{
    for (const struct command_argument *a = command->arguments; a && a->name; a++)
        if (a->words)
            words(out, a->words);
}

static bool has_argument_words(const struct command *command)
{
    for (const struct command_argument *a = command->arguments; a && a->name; a++)
        if (a->words)
            return true;
    return false;
}

static bool takes_path(const struct field *field)
{
    return strcmp(field->name, "output") == 0 || strcmp(field->name, "template") == 0 ||
           (field->value && strcmp(field->value, "FILE") == 0);
}

/* Branches for the words after an option that has a value; `command` may be a pattern. */
static void bash_values(struct out *out, const char *command, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++) {
        if (field->type == FIELD_BOOL)
            continue;
        out_print(out, "    %s' --%s'", command, field->name);
        if (field->letter)
            out_print(out, " | %s' -%c'", command, field->letter);
        out_print(out, ")\n        ");
        if (takes_path(field))
            out_print(out, "compopt -o default 2>/dev/null\n        return ;;\n");
        else if (field->choices) {
            out_print(out, "words='");
            for (const char *const *choice = field->choices; *choice; choice++)
                out_print(out, " %s", *choice);
            out_print(out, "' ;;\n");
        } else {
            out_print(out, "return ;;\n");
        }
    }
}

/* Options, or arguments. */
static void bash_words(struct out *out, const struct command *command)
{
    out_print(out, "    %s' '*' -'*)\n        words='", command->name);
    words_of(out, command->options);
    words_of(out, common_options);
    out_print(out, "' ;;\n    %s' '*)\n        words='", command->name);
    argument_words(out, command);
    out_print(out, "' ;;\n");
}

static void print_bash(struct out *out)
{
    out_print(
        out,
        "# bash completion for fnctl\n_fnctl() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "    local command=${COMP_WORDS[1]} words=\n"
        "    COMPREPLY=()\n"
        "    # The value of --option=value is a word of its own.\n"
        "    [ \"$word\" != = ] || word=\n"
        "    [ \"$previous\" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
        "    [ \"${COMP_WORDS[COMP_CWORD]}\" != = ] || previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        command=\n    fi\n"
        "    case \"$command $previous\" in\n");
    for (size_t i = 0; commands[i]; i++)
        bash_values(out, commands[i]->name, commands[i]->options);
    bash_values(out, "?*", common_options);
    out_print(out, "    *) case \"$command $previous $word\" in\n    ' '*)\n        words='");
    words(out, command_names);
    out_print(out, "' ;;\n");
    for (size_t i = 0; commands[i]; i++)
        bash_words(out, commands[i]);
    out_print(out, "    esac ;;\n    esac\n"
                   "    [ \"$command\" != init ] || compopt -o default 2>/dev/null\n"
                   "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                   "complete -F _fnctl fnctl\n");
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

static void zsh_choices(struct out *out, const char *const *choices)
{
    out_print(out, "(");
    for (; *choices; choices++)
        out_print(out, " %s", *choices);
    out_print(out, ")");
}

static void zsh_options(struct out *out, const struct field *fields)
{
    for (const struct field *field = fields; field && field->name; field++) {
        out_print(out, " \\\n            '--%s[", field->name);
        zsh_text(out, field->help);
        out_print(out, "]");
        if (field->type != FIELD_BOOL) {
            out_print(out, ":%s:", field->value ? field->value : "VALUE");
            if (field->choices)
                zsh_choices(out, field->choices);
            else if (takes_path(field))
                out_print(out, "_files");
        }
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
        if (has_argument_words(commands[i])) {
            out_print(out, " \\\n            '2:argument:(");
            argument_words(out, commands[i]);
            out_print(out, ")'");
        }
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
            out_print(out, takes_path(field) ? " -r -F" : " -x");
        if (field->choices) {
            out_print(out, " -a '");
            for (const char *const *choice = field->choices; *choice; choice++)
                out_print(out, " %s", *choice);
            out_print(out, "'");
        }
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
        if (!has_argument_words(commands[i]))
            continue;
        out_print(out, "complete -c fnctl %s -a '", condition);
        argument_words(out, commands[i]);
        out_print(out, "'\n");
    }
}

static const struct {
    const char *name;
    void (*print)(struct out *out);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

void describe_shells(struct strlist *names)
{
    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++)
        strlist_add(names, shells[i].name);
}

int describe_completion(struct out *out, const char *shell, struct err *err)
{
    struct suggest suggest = {.word = shell};

    for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print(out);
            return 0;
        }
        suggest_offer(&suggest, shells[i].name);
    }
    err_set(err, ERR_USAGE, "no completion for '%s': it is one of bash, zsh, fish", shell);
    return suggest.best ? err_append(err, "; did you mean '%s'?", suggest.best) : -1;
}
