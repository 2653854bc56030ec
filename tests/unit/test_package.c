#include "tests/unit/package_project.h"

#include <jansson.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void python_source(void **state)
{
    struct project *project = *state;
    const char *const include[] = {"venv/keep.txt"};
    const char *const exclude[] = {"tests/", "*.md"};
    struct function *function = project->functions;

    put(project, "app.py", "def run(event, context): return 1\n", 0644);
    put(project, "data/\xc3\xa4 b.txt", "x", 0644);
    put(project, "tests/test_app.py", "", 0644);
    put(project, "README.md", "", 0644);
    put(project, "notes.txt", "", 0644);
    put(project, "fnctl.json", "{}", 0644);
    put(project, "other.json", "{}", 0644);
    project->settings.file = file_join(project->folder, "other.json");
    put(project, ".fnctlignore", "notes.txt\n", 0644);
    put(project, "__pycache__/app.pyc", "", 0644);
    put(project, "venv/keep.txt", "", 0644);
    put(project, "venv/other.txt", "", 0644);
    put(project, "node_modules/a/index.js", "", 0644);
    function->handler = "app.run";
    function->include = (struct strings){(const char **)(uintptr_t)include, 1};
    function->exclude = (struct strings){(const char **)(uintptr_t)exclude, 2};
    must_build(project);
    expect_list(project, "app.py: source\ndata/\xc3\xa4 b.txt: source\nnode_modules/a/index.js: "
                         "source\nvenv/keep.txt: include[0] 'venv/keep.txt'\n");
    assert_string_equal(project->package.handler, "app.run");
    assert_null(project->package.layer.path);
    assert_int_equal(project->package.function.entries, 4);
}

static void output_is_no_source(void **state)
{
    struct project *project = *state;
    char first[HASH_BASE64_LEN];

    put(project, "app.py", "", 0644);
    project->functions[0].handler = "app.run";
    for (int i = 0; i < 2; i++) {
        free(project->output);
        project->output = i ? xstrdup(project->folder) : file_join(project->folder, "out put*");
        must_build(project);
        strcpy(first, project->package.function.sha256);
        must_build(project);
        expect_list(project, i ? "app.py: source\nout put*/bot.zip: source\n" : "app.py: source\n");
        assert_string_equal(project->package.function.sha256, first);
    }
}

static void python_handlers(void **state)
{
    static const char *const good[] = {"app.run", "a.b.run", "a/b.run", "pack.run", "native.run"};
    struct project *project = *state;
    struct function *function = project->functions;

    put(project, "app.py", "", 0644);
    put(project, "a/b.py", "", 0644);
    put(project, "pack/__init__.py", "", 0644);
    put(project, "native.cpython-313-x86_64-linux-gnu.so", "no ELF", 0644);
    put(project, "hidden.py", "", 0644);
    put(project, ".fnctlignore", "hidden.py", 0644);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        function->handler = good[i];
        must_build(project);
    }
    function->handler = "nope.run";
    must_fail(project, "the handler 'nope.run' of function 'bot' was not found: looked for "
                       "'nope.py', 'nope/__init__.py'");
    function->handler = "hidden.run";
    must_fail(project, "'hidden.run'");
    function->handler = "app";
    must_fail(project, "is not \"module.function\"");
    function->handler = NULL;
    must_fail(project, "has neither `handler` nor `app`");
    function->handler = "app.run";
    function->source = "missing";
    must_fail(project, "the source folder '");
}

static void node_handlers(void **state)
{
    static const char *const good[] = {"index.handler", "src/main.a.b", "old.handler", "./mod.x"};
    struct project *project = *state;
    struct function *function = project->functions;

    function->runtime = "nodejs22.x";
    put(project, "index.mjs", "", 0644);
    put(project, "src/main.js", "", 0644);
    put(project, "old.cjs", "", 0644);
    put(project, "mod.js", "", 0644);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        function->handler = good[i];
        must_build(project);
    }
    function->handler = "main.handler";
    must_fail(project, "looked for 'main.mjs', 'main.js', 'main.cjs', 'main/index.js' in '");
    function->app = "app.app";
    must_fail(project, "which the runtime 'nodejs22.x' cannot serve");
}

static void wsgi_app(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    zip_uint32_t mode;
    char *text;

    put(project, "web/site.py", "", 0644);
    function->app = "web.site.app";
    must_build(project);
    expect_list(project, "fnctl_app.json: adapter\nfnctl_wsgi.py: adapter\nweb/site.py: source\n");
    assert_string_equal(project->package.handler, "fnctl_wsgi.handler");
    text = read_entry(&project->package.function, "fnctl_app.json", &mode);
    assert_string_equal(text, "{\"app\":\"web.site.app\"}");
    assert_int_equal(mode, 0100644);
    free(text);
    put(project, "fnctl_wsgi.py", "", 0644);
    must_fail(project, "is in the way of the adapter's file");
    function->app = "site.app";
    must_fail(project, "the app 'site.app' of function 'bot' was not found");
}

static void build_commands(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;

    function->handler = "made.run";
    function->build = "touch made.py && exit 3";
    assert_int_equal(build(project), -1);
    assert_int_equal(project->err.code, ERR_FAILED);
    assert_non_null(strstr(project->err.message, "the build command 'touch made.py && exit 3' of "
                                                 "function 'bot' ended with status 3"));
    function->build = "touch made.py";
    must_build(project);
    expect_list(project, "made.py: source\n");
}

static void odd_files(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    put(project, "app.py", "", 0644);
    function->handler = "app.run";
    shell(project, "mkfifo queue");
    must_fail(project, "/queue' is a pipe, which cannot be packaged");
    shell(project, "rm queue");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/plug", project->folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    must_fail(project, "/plug' is a socket, which cannot be packaged");
    shell(project, "rm plug; touch \"$(printf 'a\\377b')\"");
    must_fail(project, "a\\xffb' is not UTF-8: rename or exclude it");
    put(project, ".fnctlignore", "a?b\n", 0644);
    must_build(project);
    shell(project, "touch \"$(printf 'c\\033[2Jd')\"");
    must_fail(project, "c\\x1b[2Jd' has control characters in it: rename or exclude it");
    put(project, ".fnctlignore", "a?b\nc*d\n", 0644);
    must_build(project);
    shell(project, "touch \"$(printf 'two\\nlines')\" \"quo'te\\\"\"");
    must_build(project);
    function->source = "app.py";
    must_fail(project, "/app.py' is no folder");
}

static void links(void **state)
{
    static const char *const out[] = {"/etc/passwd", "../x", "sub/../../x", ".."};
    struct project *project = *state;
    struct function *function = project->functions;
    zip_uint32_t mode;
    char *text;

    put(project, "src/app.py", "", 0644);
    put(project, "src/sub/file", "", 0644);
    function->source = "src";
    function->handler = "app.run";
    shell(project, "cd src && ln -s ../app.py sub/in && ln -s sub folder && ln -s . sub/up");
    must_build(project);
    text = read_entry(&project->package.function, "sub/in", &mode);
    assert_string_equal(text, "../app.py");
    assert_int_equal(mode, 0120777);
    free(text);
    assert_int_equal(project->package.function.entries, 5);
    shell(project, "ln -s nowhere src/dangling");
    must_fail(project, "/src/dangling' leads to 'nowhere', which does not exist: mend, remove or");
    shell(project, "cd src && rm dangling && ln -s two one && ln -s sub/../one two");
    must_fail(project, "' leads in a circle, by '");
    put(project, "src/.fnctlignore", "/one\n/two\n", 0644);
    must_build(project);
    for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++) {
        char *path = file_join(project->folder, "src/link");
        char *part = xasprintf("link' leads to '%s', outside", out[i]);

        assert_int_equal(symlink(out[i], path), 0);
        must_fail(project, part);
        unlink(path);
        free(path);
        free(part);
    }
    /* Through another link: inside by its text, outside in truth. */
    shell(project,
          "mkdir -p other/deep && cd src && ln -s ../other/deep far && ln -s far/.. trick");
    put(project, "src/.fnctlignore", "/one\n/two\n/far\n", 0644);
    must_fail(project, "trick' leads to 'far/..', outside");
}

static void limits(void **state)
{
    struct project *project = *state;
    struct function *function = project->functions;

    put(project, "app.py", "", 0644);
    function->handler = "app.run";
    shell(project, "head -c 51000000 /dev/urandom > noise && for i in 1 2 3 4 5 6 7 8 9 10 11; do "
                   "head -c ${i}000 /dev/zero > small$i; done");
    /* It is too large for a request, and goes through S3. */
    must_build(project);
    assert_true(project->package.function.size > ARTIFACT_DIRECT_MAX);
    shell(project, "rm noise && truncate -s 270000000 sparse");
    must_fail(project, "the unzipped code of function 'bot' has 270.1 MB (");
    assert_non_null(strstr(project->err.message, "\n     270.0 MB  sparse\n"));
    assert_non_null(strstr(project->err.message, "small3"));
    assert_null(strstr(project->err.message, "small2"));
}

static void disk_full(void **state)
{
    struct project *project = *state;
    struct rlimit old, small;

    put(project, "app.py", "", 0644);
    shell(project, "head -c 300000 /dev/urandom > noise");
    project->functions[0].handler = "app.run";
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){65536, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    must_fail(project, "cannot write '");
    setrlimit(RLIMIT_FSIZE, &old);
    shell(project, "test -z \"$(ls -A .fnctl)\"");
}

static void layer_and_function_of_one_name(void **state)
{
    struct project *project = *state;
    const struct craft craft = {.needed = {"libown.so"}, .runpath = "$ORIGIN"};

    project->functions[0].runtime = "provided.al2023";
    project->functions[0].handler = "bot";
    project->functions[1].name = "bot-layer";
    project->settings.functions.count = 2;
    put_elf(project, "bot", &craft);
    put_elf(project, "libown.so", &(struct craft){.soname = "libown.so"});
    must_fail(project, "would both be 'bot-layer.zip': rename one of them");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(python_source),
        TEST(output_is_no_source),
        TEST(python_handlers),
        TEST(node_handlers),
        TEST(wsgi_app),
        TEST(build_commands),
        TEST(odd_files),
        TEST(links),
        TEST(limits),
        TEST(disk_full),
        TEST(layer_and_function_of_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
