#include "packager/files/ignore.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/strlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Files of the tree; the folders above them are asked about too. */
static const char *const tree[] = {
    "a",
    "b.c",
    "b.o",
    "foo",
    "bar/foo",
    "bar/baz/foo",
    "bar/a/b/c",
    "x/y/z/a.c",
    "x/y/a.o",
    "x/a",
    "x/xq/r/b",
    "x/xb",
    "a b/c",
    "a b/ d",
    "-x",
    "#x",
    "!x",
    "[x]",
    "x*",
    "x?y",
    "b/back\\x",
    "node/n/m.js",
    "node/n/n/m.js",
    "build/out/a.o",
    "build/keep",
    "src/build/a",
    "src/a.pyc",
    "src/A.PYC",
    "\xc3\xbc/\xc3\xa4.c",
    "a-b",
    "a]b",
    "a^b",
    "a5",
    "a\tb",
    "deep/1/2/3/4/5/f",
    "trail ",
};

/* Each is a whole ignore file. */
static const char *const files[] = {
    "a",
    "/a",
    "a/",
    "*.o",
    "/*.o",
    "foo",
    "bar/foo",
    "/bar/foo",
    "**/foo",
    "bar/**",
    "bar/**/foo",
    "**/baz/**",
    "x/**/a.o",
    "x/**/*.o",
    "x**/b",
    "x/x**/b",
    "x/x**b",
    "**",
    "*",
    "/*",
    "*/",
    "*/*",
    "***",
    "a***",
    "x/***/a.o",
    "**/",
    "/**",
    "/**/",
    "a b",
    "a b/",
    "a\\ b",
    "\\#x",
    "#x",
    "\\!x",
    "!x",
    "[x]",
    "\\[x]",
    "\\[x\\]",
    "x\\*",
    "x[*]",
    "x?",
    "x?y",
    "x\\?y",
    "back\\\\x",
    "b/back\\\\*",
    "[a-c].[co]",
    "[!a].o",
    "[^a].o",
    "[]]",
    "a[]]b",
    "a[]-]b",
    "a[-]b",
    "a[!-]b",
    "a[^]b]b",
    "a[",
    "[",
    "a[[:digit:]]",
    "a[[:alpha:]-]*",
    "a[[:nope:]]",
    "a[[:digit]]",
    "a[[:]b",
    "a[z-a]",
    "a[\\]]b",
    "a[4-6]",
    "a[\\4-\\6]",
    "a\\",
    "a ",
    "trail\\ ",
    "trail ",
    "*.PYC",
    "*.[pP][yY][cC]",
    "node/**/m.js",
    "node/*/m.js",
    "n",
    "n/",
    "/n",
    "node/n/",
    "build",
    "build/",
    "/build",
    "src/build",
    "build\n!build/keep",
    "build/*\n!build/keep",
    "*\n!src\n!src/*",
    "*.c\n!b.c",
    "!b.c\n*.c",
    "*\n!*/\n!*.c",
    "/*\n!/x\n/x/*\n!/x/y",
    "\357\273\277foo\r\na\r\n",
    "\n\n#c\nfoo\n\n",
    "!",
    "/",
    "//",
    "//a",
    "a//",
    "x//a",
    "./a",
    "x/../a",
    "?",
    "??",
    "\xc3\xbc",
    "\xc3\xbc/*.c",
    "?/*.c",
    "[\xc3\xbc]*",
    "deep/**/f",
    "deep/**/3/**/f",
    "deep/**/4",
    "deep/*/*/3",
    "deep/1/**",
    "**/5/f",
    "**/1/**/5/**",
    "x/**\\/a.o",
    "**\\/foo",
    "-x",
    "a[]",
    "a[]b",
    "a[!]b]b",
    "x/y/**/",
    "bar/**/",
    "a\tb",
    "*\t*",
};

static char *root;
static struct strlist paths; /* folders end with a slash */

static int set_up(void **state)
{
    struct err err;

    (void)state;
    root = file_temporary_folder("fnctl-ignore", &err);
    for (size_t i = 0; i < sizeof(tree) / sizeof(*tree); i++) {
        char *path = file_join(root, tree[i]);
        char *folder = file_folder(path);
        char *copy = xstrdup(tree[i]);

        assert_int_equal(file_make_folder(folder, 0755, &err), 0);
        if (!file_exists(path))
            assert_int_equal(file_write(path, "", 0, 0644, &err), 0);
        for (char *slash = copy; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
            *slash = '\0';
            if (!strlist_has(&paths, copy))
                strlist_add(&paths, copy);
        }
        if (!strlist_has(&paths, tree[i]))
            strlist_add(&paths, tree[i]);
        free(copy);
        free(folder);
        free(path);
    }
    return 0;
}

static int tear_down(void **state)
{
    struct err err;

    (void)state;
    file_remove(root, &err);
    free(root);
    strlist_release(&paths);
    return 0;
}

static void run_git(const char *const *argv, const struct buf *input, struct buf *output)
{
    const char *const environment[] = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
                                       "GIT_CEILING_DIRECTORIES=/", NULL};
    struct process process = {.argv = argv,
                              .folder = root,
                              .environment = environment,
                              .input = input ? input->data : NULL,
                              .input_len = input ? input->len : 0,
                              .output = output};
    struct err err;
    int status;

    assert_int_equal(process_run(&process, &status, &err), 0);
    assert_in_range(status, 0, 1);
}

/* The paths git ignores, each followed by a newline. */
static char *ask_git(const char *rules)
{
    const char *const argv[] = {"git", "check-ignore", "--no-index", "--stdin", "-z", NULL};
    char *file = file_join(root, ".gitignore");
    struct buf input, output;
    struct err err;

    buf_init(&input, 0);
    buf_init(&output, 0);
    assert_int_equal(file_write(file, rules, strlen(rules), 0644, &err), 0);
    for (size_t i = 0; i < paths.count; i++)
        buf_append(&input, paths.items[i], strlen(paths.items[i]) + 1);
    run_git(argv, &input, &output);
    for (size_t i = 0; i < output.len; i++)
        if (!output.data[i])
            output.data[i] = '\n';
    buf_release(&input);
    free(file);
    return buf_take(&output);
}

static char *ask_us(const char *rules)
{
    struct ignore ignore;
    struct buf output;

    ignore_init(&ignore);
    buf_init(&output, 0);
    ignore_add_text(&ignore, rules, strlen(rules), "test");
    for (size_t i = 0; i < paths.count; i++) {
        char *path = file_join(root, paths.items[i]);

        if (ignore_excluded(&ignore, paths.items[i], file_is_folder(path)))
            buf_printf(&output, "%s\n", paths.items[i]);
        free(path);
    }
    ignore_release(&ignore);
    return buf_take(&output);
}

static void compare(const char *rules)
{
    char *theirs = ask_git(rules);
    char *ours = ask_us(rules);

    if (strcmp(theirs, ours) != 0)
        fail_msg("rules \"%s\":\ngit ignores:\n%swe ignore:\n%s", rules, theirs, ours);
    free(theirs);
    free(ours);
}

/* Writes a pattern made of pieces that mean something; the same for the same seed. */
static void invent(unsigned *seed, char pattern[static 64])
{
    static const char *const pieces[] = {"*",   "**",  "**/", "/",  "?", "a", "b",     "x",
                                         "foo", ".o",  "!",   "\\", "[", "]", "[a-z]", "/*",
                                         "f*",  "bar", "y",   "n",  "-", " ", "[!a]"};
    unsigned count = 1 + (unsigned)rand_r(seed) % 6;

    pattern[0] = '\0';
    for (unsigned i = 0; i < count; i++)
        strcat(pattern, pieces[(unsigned)rand_r(seed) % (sizeof(pieces) / sizeof(*pieces))]);
}

static void agrees_with_git(void **state)
{
    const char *const init[] = {"git", "init", "-q", ".", NULL};
    char *git = file_find_program("git");
    unsigned seed = 1;

    (void)state;
    if (!git)
        skip();
    free(git);
    run_git(init, NULL, NULL);
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        compare(files[i]);
    for (int i = 0; i < 300; i++) {
        char lines[2][64];
        char *rules;

        invent(&seed, lines[0]);
        invent(&seed, lines[1]);
        rules = xasprintf("%s\n%s\n", lines[0], i % 2 ? lines[1] : "");
        compare(rules);
        free(rules);
    }
}

static void last_match_decides(void **state)
{
    struct ignore ignore;
    const struct ignore_rule *rule;

    (void)state;
    ignore_init(&ignore);
    ignore_add(&ignore, "*.log", 5, "first");
    ignore_add(&ignore, "!keep.log", 9, "second");
    rule = ignore_match(&ignore, "a/keep.log", false);
    assert_non_null(rule);
    assert_true(rule->negated);
    assert_string_equal(rule->where, "second");
    assert_string_equal(rule->text, "!keep.log");
    assert_string_equal(ignore_match(&ignore, "a/b.log", false)->where, "first");
    assert_null(ignore_match(&ignore, "a/b.txt", false));
    ignore_release(&ignore);
}

static void literals_are_literal(void **state)
{
    static const char *const odd[] = {"a*b", "[x]", "x/y?", "back\\slash", "end ", "#1", "!2"};
    struct ignore ignore;

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        ignore_init(&ignore);
        ignore_add_literal(&ignore, odd[i], "test");
        assert_non_null(ignore_match(&ignore, odd[i], false));
        assert_null(ignore_match(&ignore, "axb", false));
        assert_null(ignore_match(&ignore, "x", false));
        ignore_release(&ignore);
    }
}

/* A matcher that tries one way after the other would take years for this. */
static void no_pattern_takes_long(void **state)
{
    struct ignore ignore;
    struct buf pattern;
    char text[2001];

    (void)state;
    ignore_init(&ignore);
    buf_init(&pattern, 0);
    for (int i = 0; i < 40; i++)
        buf_puts(&pattern, "*a");
    buf_puts(&pattern, "b");
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ignore_add(&ignore, pattern.data, pattern.len, "test");
    assert_null(ignore_match(&ignore, text, false));
    for (int i = 0; i < 12; i++)
        buf_printf(&pattern, "%s",
                   "/x**/*/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    while (pattern.len < 10000)
        buf_puts(&pattern, "*a");
    ignore_add(&ignore, pattern.data, pattern.len, "test");
    assert_null(ignore_match(&ignore, text, false));
    buf_release(&pattern);
    ignore_release(&ignore);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_git),
        cmocka_unit_test(last_match_decides),
        cmocka_unit_test(literals_are_literal),
        cmocka_unit_test(no_pattern_takes_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
