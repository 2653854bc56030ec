#include "cli/describe.h"

#include "core/buf.h"
#include "core/settings.h"

/* "-s, --settings FILE" */
static void option_words(struct buf *buf, const struct field *field)
{
    if (field->letter)
        buf_printf(buf, "-%c, ", field->letter);
    buf_printf(buf, "--%s", field->name);
    if (field->type != FIELD_BOOL)
        buf_printf(buf, " %s", field->value ? field->value : "VALUE");
}

static void print_options(struct out *out, const char *title, const struct field *fields)
{
    struct buf words;

    if (!fields || !fields->name)
        return;
    buf_init(&words, 0);
    out_print(out, "\n%s:\n", title);
    for (const struct field *field = fields; field->name; field++) {
        buf_clear(&words);
        if (!field->letter)
            buf_puts(&words, "    ");
        option_words(&words, field);
        out_print(out, "  %-28s %s%s%s%s\n", buf_string(&words), field->help,
                  field->fallback ? " (default: " : "", field->fallback ? field->fallback : "",
                  field->fallback ? ")" : "");
    }
    buf_release(&words);
}

/* "deploy [STAGE] [options]" */
static void usage_words(struct buf *buf, const struct command *command)
{
    buf_puts(buf, command->name);
    for (const struct command_argument *a = command->arguments; a && a->name; a++)
        buf_printf(buf, " %s%s%s%s", a->optional ? "[" : "", a->name, a->repeated ? "..." : "",
                   a->optional ? "]" : "");
}

void describe_program(struct out *out)
{
    out_print(out, "fnctl deploys serverless functions: to a local engine, to AWS.\n"
                   "\nusage: fnctl COMMAND [STAGE] [options]\n\ncommands:\n");
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            out_print(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
    print_options(out, "options of every command", common_options);
    out_print(out, "\n'fnctl help COMMAND' explains a command; 'fnctl init' starts a project.\n");
}

void describe_command(struct out *out, const struct command *command)
{
    struct buf usage;

    buf_init(&usage, 0);
    usage_words(&usage, command);
    out_print(out, "fnctl %s - %s\n\nusage: fnctl %s [options]\n\n%s\n", command->name,
              command->summary, buf_string(&usage), command->description);
    buf_release(&usage);
    if (command->arguments && command->arguments->name)
        out_print(out, "\narguments:\n");
    for (const struct command_argument *a = command->arguments; a && a->name; a++)
        out_print(out, "  %-28s %s\n", a->name, a->help);
    print_options(out, "options", command->options);
    print_options(out, "options of every command", common_options);
    if (command->examples)
        out_print(out, "\nexamples:\n");
    for (const char *const *e = command->examples; e && e[0]; e += 2)
        out_print(out, "  %-40s %s\n", e[0], e[1]);
}

void describe_facts(struct buf *buf, const struct field *field)
{
    static const char *const types[] = {
        [FIELD_BOOL] = "true or false",      [FIELD_INT] = "number",
        [FIELD_STRING] = "string",           [FIELD_STRINGS] = "list of strings",
        [FIELD_MAP] = "object of strings",   [FIELD_JSON] = "any JSON",
        [FIELD_OBJECT] = "object",           [FIELD_LIST] = "list of objects",
        [FIELD_TABLE] = "object of objects", [FIELD_EITHER] = "several forms",
    };

    buf_puts(buf, types[field->type]);
    if (field->type == FIELD_INT && (field->min || field->max))
        buf_printf(buf, ", %lld to %lld", (long long)field->min, (long long)field->max);
    for (size_t i = 0; field->choices && field->choices[i]; i++)
        buf_printf(buf, "%s%s", i ? ", " : "; ", field->choices[i]);
    if (field->fallback)
        buf_printf(buf, "; default %s", field->fallback);
    if (field->required)
        buf_puts(buf, "; required");
}

static void print_keys(struct out *out, const struct field *fields, int indent)
{
    struct buf facts;

    buf_init(&facts, 0);
    for (const struct field *field = fields; field->name; field++) {
        if (field->later)
            continue;
        buf_clear(&facts);
        describe_facts(&facts, field);
        out_print(out, "%*s%s\n%*s%s\n%*s(%s)\n", indent, "", field->name, indent + 4, "",
                  field->help, indent + 4, "", buf_string(&facts));
        if (field->example)
            out_print(out, "%*s%s\n", indent + 4, "", field->example);
        if (field->children)
            print_keys(out, field->children, indent + 4);
    }
    buf_release(&facts);
}

void describe_settings(struct out *out)
{
    out_print(out, "fnctl.json - the settings file: strict JSON, here or in a parent folder\n\n");
    print_keys(out, settings_fields, 0);
}
