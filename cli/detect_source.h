/*
 * What a source file offers to Lambda, found by reading its top-level
 * statements; nothing is run.
 */
#ifndef FNCTL_CLI_DETECT_SOURCE_H
#define FNCTL_CLI_DETECT_SOURCE_H

#include <stdbool.h>

enum source_kind {
    SOURCE_NOTHING,
    SOURCE_FACTORY, /* a function create_app(), but nothing that it made */
    SOURCE_PAIR,    /* a function `handler` or `lambda_handler` of any two parameters */
    SOURCE_WSGI,    /* a Python web app: Flask, Bottle, Falcon, Django's application */
    SOURCE_ASGI,    /* a Python web app of the other kind: FastAPI, Starlette, Quart */
    SOURCE_HANDLER, /* a function of (event, context) */
};

struct source_match {
    enum source_kind kind;
    char *name; /* of the object, "app"; owned */
    bool web;   /* a handler that makes HTTP answers */
};

/* Reads Python, and overwrites the strings and comments in `text` with spaces. */
struct source_match source_read_python(char *text);

/* Reads JavaScript (ES modules and CommonJS), changing `text` in the same way. */
struct source_match source_read_javascript(char *text);

#endif
