#include "cli/detect.h"
#include "cli/detect_source.h"
#include "core/file.h"
#include "core/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int make_folder(void **state)
{
    struct err err = {0};

    *state = file_temporary_folder("fnctl test-detect \xC3\xBC", &err);
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    struct err err = {0};

    file_remove(*state, &err);
    free(*state);
    return 0;
}

static void put_bytes(const char *folder, const char *name, const void *data, size_t len,
                      mode_t mode)
{
    struct err err = {0};
    char *path = file_join(folder, name);
    char *parent = file_folder(path);

    assert_int_equal(file_make_folder(parent, 0755, &err), 0);
    assert_int_equal(file_write(path, data, len, mode, &err), 0);
    free(parent);
    free(path);
}

static void put(const char *folder, const char *name, const char *text)
{
    put_bytes(folder, name, text, strlen(text), 0644);
}

static void put_elf(const char *folder, const char *name, unsigned char machine, mode_t mode)
{
    unsigned char head[64] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    head[16] = 3;
    head[18] = machine;
    put_bytes(folder, name, head, sizeof(head), mode);
}

enum { X86_64 = 62, AARCH64 = 183, RISCV = 243 };

static struct detection detect(const char *folder)
{
    struct detection detection;
    struct err err = {0};

    assert_int_equal(detect_folder(folder, &detection, &err), 0);
    return detection;
}

/* Expects the best candidate of `count`. */
static void expect(const char *folder, size_t count, enum detect_kind kind, const char *target)
{
    struct detection detection = detect(folder);

    assert_int_equal(detection.count, count);
    assert_int_equal(detection.candidates[0].kind, kind);
    assert_string_equal(detection.candidates[0].target, target);
    assert_false(detection.empty);
    detection_release(&detection);
}

/* Expects nothing to deploy, and advice with `words` in it (NULL: none). */
static void expect_advice(const char *folder, const char *words)
{
    struct detection detection = detect(folder);

    assert_int_equal(detection.count, 0);
    if (words) {
        assert_non_null(detection.advice);
        assert_non_null(strstr(detection.advice, words));
    } else {
        assert_null(detection.advice);
    }
    detection_release(&detection);
}

static void test_empty(void **state)
{
    struct detection detection;

    put(*state, ".gitignore", "x\n");
    put(*state, ".git/config", "x\n");
    put(*state, "fnctl.json", "{}");
    detection = detect(*state);
    assert_true(detection.empty);
    assert_int_equal(detection.count, 0);
    detection_release(&detection);
    put(*state, "README", "x");
    detection = detect(*state);
    assert_false(detection.empty);
    detection_release(&detection);
}

static void test_missing_folder(void **state)
{
    struct detection detection;
    struct err err = {0};
    char *path = file_join(*state, "nowhere");

    assert_int_equal(detect_folder(path, &detection, &err), -1);
    assert_non_null(strstr(err.message, "nowhere"));
    detection_release(&detection);
    free(path);
}

static void test_flask(void **state)
{
    put(*state, "zebra.py", "from flask import Flask\nsite = Flask(__name__)\n");
    expect(*state, 1, DETECT_WSGI, "zebra.site");
    put(*state, "main.py", "import flask\r\nweb: flask.Flask = flask.Flask(__name__)\r\n");
    expect(*state, 2, DETECT_WSGI, "main.web");
    put(*state, "app.py", "application = app = Flask(__name__)\n");
    expect(*state, 3, DETECT_WSGI, "app.application");
    put(*state, "src/app.py", "app = Flask(__name__)\n");
    expect(*state, 4, DETECT_WSGI, "app.application");
}

static void test_django(void **state)
{
    put(*state, "manage.py", "import sys\n");
    expect_advice(*state, "wsgi.py");
    put(*state, "my_site/asgi.py", "application = get_asgi_application()\n");
    put(*state, "my_site/wsgi.py", "import os\napplication = get_wsgi_application()\n");
    expect(*state, 1, DETECT_WSGI, "my_site.wsgi.application");
}

static void test_zappa(void **state)
{
    put(*state, "zappa_settings.json", "{\"dev\": {\"s3_bucket\": \"b\"}}");
    expect_advice(*state, "app_function");
    put(*state, "zappa_settings.json", "{\"dev\": {\"app_function\": \"pkg.site.app\"}}");
    put(*state, "app.py", "app = Flask(__name__)\n");
    expect(*state, 2, DETECT_WSGI, "pkg.site.app");
}

static void test_python_handler(void **state)
{
    put(*state, "tools.py", "def helper(event):\n    pass\n\ndef main(argv, context):\n    pass\n");
    expect_advice(*state, NULL);
    put(*state, "job.py", "def run(event: dict[str, int], context: object = None) -> dict:\n");
    expect(*state, 1, DETECT_PYTHON, "job.run");
    put(*state, "lambda_function.py", "def lambda_handler(\n    event,\n    _context,\n):\n");
    expect(*state, 2, DETECT_PYTHON, "lambda_function.lambda_handler");
}

static void test_handler_with_any_parameters(void **state)
{
    put(*state, "tools.py", "def handler(e, c):\n    pass\n");
    put(*state, "main.py", "def handler(e):\n    pass\ndef lambda_handler(a, b, c):\n    pass\n");
    put(*state, "app.py", "def handler(*e, c):\n    pass\ndef run(e, c):\n    pass\n");
    expect_advice(*state, NULL);
    put(*state, "handler.py", "def handler(e: dict[str, int] = {1: (2, 3)}, c=None,):\n    pass\n");
    expect(*state, 1, DETECT_PYTHON, "handler.handler");
    put(*state, "lambda_function.py", "def lambda_handler(e, c):\n    pass\n");
    expect(*state, 2, DETECT_PYTHON, "lambda_function.lambda_handler");
}

static void test_package(void **state)
{
    put(*state, "app/__init__.py", "app = Flask(__name__)\n");
    expect(*state, 1, DETECT_WSGI, "app.app");
}

static void test_factory(void **state)
{
    put(*state, "app/__init__.py", "def create_app(config=None):\n    return Flask(__name__)\n");
    expect_advice(*state, "add 'app = create_app()'");
    put(*state, "wsgi.py", "from app import create_app\nsite = create_app()\n");
    expect(*state, 1, DETECT_WSGI, "wsgi.site");
}

static void test_script_that_is_no_runtime(void **state)
{
    struct detection detection;

    put_bytes(*state, "bot.sh", "#!/bin/sh\n", 10, 0755);
    detection = detect(*state);
    assert_int_equal(detection.count, 0);
    assert_string_equal(detection.script, "bot.sh");
    detection_release(&detection);
}

static void test_asgi(void **state)
{
    put(*state, "main.py", "from fastapi import FastAPI\napp = FastAPI()\n");
    expect_advice(*state, "Mangum(app)");
    put(*state, "main.py", "app = FastAPI()\nhandler = Mangum(app)\n");
    expect(*state, 1, DETECT_PYTHON, "main.handler");
}

static void test_strings_and_comments_do_not_count(void **state)
{
    put(*state, "doc.py",
        "\"\"\"\napp = Flask(__name__)\ndef handler(event, context):\n\"\"\"\n"
        "# app = Flask(__name__)\nx = 'it\\'s \"\"\"'\n'''\napplication = 1\n'''\n"
        "if True:\n    app = Flask(__name__)\napp == Flask(1)\n");
    put(*state, "doc.mjs",
        "/*\nexport const handler = 1\n*/\nconst t = `\nexport const handler = 2\n`;\n"
        "// exports.handler = 1\n");
    expect_advice(*state, NULL);
    put(*state, "doc.py", "s = '''unended\napp = Flask(__name__)\n");
    expect_advice(*state, NULL);
}

static void test_node(void **state)
{
    put(*state, "lib.mjs", "export const handlers = 1;\nexport function helper(a, b) {}\n");
    expect_advice(*state, NULL);
    put(*state, "work.mjs", "export const roll = async (event) => 1;\n");
    expect(*state, 1, DETECT_NODE, "work.roll");
    put(*state, "index.js", "'use strict';\nexports.handler = async function (event) {};\n");
    expect(*state, 2, DETECT_NODE, "index.handler");
    put(*state, "src/entry.js",
        "async function handler() {}\nmodule.exports = { a: 1, handler };\n");
    expect(*state, 3, DETECT_NODE, "index.handler");
    put(*state, "package.json", "{\"main\": \"./src/entry.js\"}");
    expect(*state, 3, DETECT_NODE, "src/entry.handler");
}

static void test_node_forms(void **state)
{
    static const char *const forms[] = {
        "export const handler = async (event) => {};\n",
        "export async function handler(event) {}\n",
        "export function handler(event) {}\n",
        "const x = 1;\nexport { x, run as handler };\n",
        "module.exports.handler = (event) => 1;\n",
        "exports.handler = 1;\n",
        "const q = /\"/;\nexport let handler = 1;\n",
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
        put(*state, "index.mjs", forms[i]);
        expect(*state, 1, DETECT_NODE, "index.handler");
    }
}

static void test_express(void **state)
{
    put(*state, "package.json", "{\"dependencies\": {\"express\": \"4\"}}");
    put(*state, "app.js", "const app = require('express')();\napp.listen(1);\n");
    expect_advice(*state, "express");
    put(*state, "package.json", "{\"dependencies\": 7, \"main\": []");
    expect_advice(*state, NULL);
}

static void test_web(void **state)
{
    struct detection detection;

    put(*state, "main.py", "def main(event, context):\n    return {\"statusCode\": 200}\n");
    put(*state, "job.py", "def main(event, context):\n    pass\n");
    detection = detect(*state);
    assert_int_equal(detection.count, 2);
    assert_true(detection.candidates[0].web);
    assert_false(detection.candidates[1].web);
    detection_release(&detection);
}

static void test_executables(void **state)
{
    struct detection detection;

    put_elf(*state, "libx.so", X86_64, 0755);
    put_elf(*state, "data", X86_64, 0644);
    put_elf(*state, "two words", X86_64, 0755);
    put_bytes(*state, "deploy.sh", "#!/bin/sh\n", 10, 0755);
    expect_advice(*state, NULL);
    put_elf(*state, "other", RISCV, 0755);
    expect_advice(*state, "another kind of machine");
    put(*state, "Makefile", "build/bot: bot.c\n");
    put_elf(*state, "build/bot", AARCH64, 0755);
    detection = detect(*state);
    assert_int_equal(detection.count, 1);
    assert_string_equal(detection.candidates[0].target, "build/bot");
    assert_string_equal(detection.candidates[0].architecture, "arm64");
    assert_true(detection.candidates[0].made);
    detection_release(&detection);
}

static void test_bootstrap_script(void **state)
{
    static const char script[] = "#!/bin/bash\ncurl \"$AWS_LAMBDA_RUNTIME_API\"\n";
    struct detection detection;

    put_bytes(*state, "bootstrap", script, strlen(script), 0755);
    put_elf(*state, "a", X86_64, 0755);
    detection = detect(*state);
    assert_int_equal(detection.count, 2);
    assert_string_equal(detection.candidates[0].target, "bootstrap");
    assert_null(detection.candidates[0].architecture);
    assert_string_equal(detection.candidates[1].architecture, "x86_64");
    detection_release(&detection);
}

static void test_markers(void **state)
{
    put(*state, "Makefile", "all:\n");
    expect_advice(*state, "run make");
    put(*state, "Cargo.toml", "[package]\n");
    expect_advice(*state, "Rust");
}

static void test_names(void **state)
{
    static const char text[] = "def main(event, context):\n";

    put(*state, "two words.py", text);
    put(*state, "a.b.py", text);
    put(*state, "with.dot/c.py", text);
    put(*state, "no\xFFutf8.py", text);
    put(*state, "esc\x1b[2J.py", text);
    put_elf(*state, "no\xFFutf8", X86_64, 0755);
    put(*state, "my-site.py", "app = Flask(__name__)\n");
    expect_advice(*state, NULL);
    put(*state,
        "stra\xC3\x9F"
        "e.py",
        text);
    put(*state, "my-job.py", text);
    expect(*state, 2, DETECT_PYTHON, "my-job.main");
}

static void test_what_is_left_out(void **state)
{
    static const char text[] = "app = Flask(__name__)\n";
    char *loop = file_join(*state, "loop"), *dangling = file_join(*state, "gone.py");
    char *huge = xcalloc(2 * 1024 * 1024, 1);

    put(*state, "node_modules/app.py", text);
    put(*state, "venv/app.py", text);
    put(*state, ".hidden/app.py", text);
    put(*state, "build/app.py", text);
    put(*state, "a/b/app.py", text);
    memset(huge, '\n', 2 * 1024 * 1024);
    memcpy(huge, text, strlen(text));
    put_bytes(*state, "huge.py", huge, 2 * 1024 * 1024, 0644);
    put_bytes(*state, "binary.py", "app = Flask(1)\n\0", 16, 0644);
    assert_int_equal(symlink(".", loop), 0);
    assert_int_equal(symlink("nowhere.py", dangling), 0);
    expect_advice(*state, NULL);
    free(huge);
    free(loop);
    free(dangling);
}

static void test_unreadable_files_are_passed_over(void **state)
{
    char *path = file_join(*state, "app.py");

    put(*state, "app.py", "app = Flask(__name__)\n");
    put(*state, "main.py", "web = Flask(__name__)\n");
    assert_int_equal(chmod(path, 0), 0);
    /* The administrator reads it all the same. */
    if (access(path, R_OK) < 0)
        expect(*state, 1, DETECT_WSGI, "main.web");
    else
        expect(*state, 2, DETECT_WSGI, "app.app");
    free(path);
}

static void test_pipes_do_not_block(void **state)
{
    char *path = file_join(*state, "app.py");

    assert_int_equal(mkfifo(path, 0755), 0);
    expect_advice(*state, NULL);
    free(path);
}

static void test_odd_sources(void **state)
{
    static const char *const texts[] = {
        "",
        "def",
        "def ",
        "def f",
        "def f(",
        "def f(event",
        "def f(event,",
        "x =",
        "x : ",
        "x: y",
        "x = = =",
        "\"\"\"",
        "'",
        "\\",
        "#",
        "\xEF\xBB\xBF",
        "x = 'a\\",
        "export",
        "export {",
        "exports",
        "exports.",
        "module.exports = {",
        "/*",
        "`",
        "//",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char *python = xstrdup(texts[i]), *javascript = xstrdup(texts[i]);
        struct source_match a = source_read_python(python);
        struct source_match b = source_read_javascript(javascript);

        assert_int_equal(a.kind, SOURCE_NOTHING);
        assert_int_equal(b.kind, SOURCE_NOTHING);
        free(python);
        free(javascript);
    }
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_empty),
        FOLDER_TEST(test_missing_folder),
        FOLDER_TEST(test_flask),
        FOLDER_TEST(test_django),
        FOLDER_TEST(test_zappa),
        FOLDER_TEST(test_python_handler),
        FOLDER_TEST(test_handler_with_any_parameters),
        FOLDER_TEST(test_package),
        FOLDER_TEST(test_factory),
        FOLDER_TEST(test_script_that_is_no_runtime),
        FOLDER_TEST(test_asgi),
        FOLDER_TEST(test_strings_and_comments_do_not_count),
        FOLDER_TEST(test_node),
        FOLDER_TEST(test_node_forms),
        FOLDER_TEST(test_express),
        FOLDER_TEST(test_web),
        FOLDER_TEST(test_executables),
        FOLDER_TEST(test_bootstrap_script),
        FOLDER_TEST(test_markers),
        FOLDER_TEST(test_names),
        FOLDER_TEST(test_what_is_left_out),
        FOLDER_TEST(test_unreadable_files_are_passed_over),
        FOLDER_TEST(test_pipes_do_not_block),
        cmocka_unit_test(test_odd_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
