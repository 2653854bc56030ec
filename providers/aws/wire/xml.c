#include "core/memory.h"
#include "providers/aws/wire/request.h"

#include <ctype.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SIZE = 16 << 20,
    MAX_DEPTH = 64,
};

/* An element that is open: its text, or the elements in it. */
struct element {
    char *name;
    struct buf text;
    json_t *children; /* object; NULL until there is one */
};

struct reader {
    XML_Parser parser;
    struct element stack[MAX_DEPTH];
    size_t depth;
    json_t *root;
    const char *refused; /* why the text is refused, though it is XML */
};

static void refuse(struct reader *reader, const char *why)
{
    reader->refused = why;
    XML_StopParser(reader->parser, XML_FALSE);
}

/* "ns:Name" is "Name": the services' prefixes say nothing. */
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reader *reader = context;
    struct element *element;

    (void)attributes;
    if (reader->depth == MAX_DEPTH) {
        refuse(reader, "elements are nested too deeply");
        return;
    }
    element = &reader->stack[reader->depth++];
    element->name = xstrdup(local_name(name));
    element->children = NULL;
    buf_init(&element->text, 0);
}

/* Adds a child: <member> makes a list of its parent, and so does any name that is repeated. */
static void add_child(struct element *parent, const char *name, json_t *value)
{
    json_t *before;

    if (!parent->children)
        parent->children = json_object();
    before = json_object_get(parent->children, name);
    if (json_is_array(before))
        json_array_append_new(before, value);
    else if (before)
        json_object_set_new(parent->children, name, json_pack("[O,o]", before, value));
    else if (strcmp(name, "member") == 0)
        json_object_set_new(parent->children, name, json_pack("[o]", value));
    else
        json_object_set_new(parent->children, name, value);
}

static json_t *take_value(struct element *element)
{
    json_t *children = element->children;
    json_t *members = json_object_get(children, "member");

    if (!children)
        return json_stringn(buf_string(&element->text), element->text.len);
    if (!members || json_object_size(children) > 1)
        return children;
    json_incref(members);
    json_decref(children);
    return members;
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct reader *reader = context;
    struct element *element = &reader->stack[--reader->depth];
    json_t *value = take_value(element);

    (void)name;
    if (reader->depth > 0)
        add_child(&reader->stack[reader->depth - 1], element->name, value);
    else
        reader->root = json_pack("{s:o}", element->name, value);
    free(element->name);
    buf_release(&element->text);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    struct reader *reader = context;

    if (reader->depth > 0 && !reader->stack[reader->depth - 1].children)
        buf_append(&reader->stack[reader->depth - 1].text, text, (size_t)len);
}

/* Without a document type there are no entities but XML's own five, and nothing to expand. */
static void XMLCALL on_doctype(void *context, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int has_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_subset;
    refuse(context, "it has a document type");
}

static void reader_release(struct reader *reader)
{
    while (reader->depth > 0) {
        struct element *element = &reader->stack[--reader->depth];

        free(element->name);
        buf_release(&element->text);
        json_decref(element->children);
    }
    XML_ParserFree(reader->parser);
}

json_t *aws_xml_to_json(const char *text, size_t len, struct err *err)
{
    struct reader *reader;
    json_t *root = NULL;

    /* S3 keeps a connection alive with white space, where XML's declaration should be first. */
    while (len > 0 && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    if (len > MAX_SIZE) {
        err_set(err, ERR_SERVICE, "the XML is larger than %d bytes", MAX_SIZE);
        return NULL;
    }
    reader = xcalloc(1, sizeof(*reader));
    reader->parser = XML_ParserCreate("UTF-8");
    if (!reader->parser)
        abort();
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (XML_Parse(reader->parser, text, (int)len, 1) == XML_STATUS_OK) {
        root = reader->root;
    } else {
        enum XML_Error code = XML_GetErrorCode(reader->parser);

        err_set(err, ERR_SERVICE, "bad XML in line %lu: %s",
                (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                reader->refused ? reader->refused : XML_ErrorString(code));
        json_decref(reader->root);
    }
    reader_release(reader);
    free(reader);
    return root;
}
