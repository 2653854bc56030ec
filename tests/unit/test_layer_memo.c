/* What is remembered of the search for libraries, and each change that must be noticed. */
#include "packager/layer_memo.h"

#include "tests/unit/package_project.h"

#include <sys/stat.h>
#include <time.h>

#define MEMO ".fnctl/index/bot.libraries.aws"

static const char *const include[] = {"/bot"};

static const struct craft program = {.needed = {"libc.so.6", "liba.so.1"},
                                     .runpath = "$ORIGIN/first:$ORIGIN/libs"};
static const struct craft plain = {.soname = "liba.so.1"};
static const struct craft needing = {
    .soname = "liba.so.1", .needed = {"libb.so.1"}, .runpath = "$ORIGIN"};
static const struct craft other = {.soname = "libb.so.1"};
static const struct craft foreign = {.soname = "liba.so.1", .machine = EM_AARCH64};

/* A file that changes in the moment it is read is not relied on: the moment must pass. */
static void pass_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 12000000}, NULL);
}

static ino_t memo_inode(struct project *project)
{
    char *path = file_join(project->folder, MEMO);
    struct stat status = {0};

    stat(path, &status);
    free(path);
    return status.st_ino;
}

/* Builds; whether all was searched anew, which writes the file anew. */
static bool searches(struct project *project)
{
    char *path = file_join(project->folder, MEMO), *link_path = xasprintf("%s.old", path);
    ino_t before = memo_inode(project), after;

    /* A second name, so that the number is not given to the next file. */
    if (before)
        assert_int_equal(link(path, link_path), 0);
    pass_moment();
    must_build(project);
    after = memo_inode(project);
    assert_int_not_equal(after, 0);
    unlink(link_path);
    free(link_path);
    free(path);
    return after != before;
}

static void start(struct project *project)
{
    struct function *function = project->functions;

    function->runtime = "provided.al2023";
    function->handler = "bot";
    function->include = (struct strings){(const char **)(uintptr_t)include, 1};
    put_elf(project, "bot", &program);
    put_elf(project, "libs/liba.so.1.0", &plain);
    put_elf(project, "libs/liba.so.1.1", &needing);
    put_elf(project, "libs/libb.so.1", &other);
    shell(project, "ln -s liba.so.1.0 libs/liba.so.1");
    assert_true(searches(project));
    assert_false(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n");
}

static void a_library_is_replaced(void **state)
{
    struct project *project = *state;

    start(project);
    put_elf(project, "libs/liba.so.1.0", &needing);
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n"
                         "+lib/libb.so.1: needed by liba.so.1\n");
    assert_false(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n"
                         "+lib/libb.so.1: needed by liba.so.1\n");
    shell(project, "rm libs/libb.so.1");
    must_fail(project, "the library 'libb.so.1' that '");
    must_fail(project, "the library 'libb.so.1' that '");
}

static void a_library_appears_in_an_earlier_folder(void **state)
{
    struct project *project = *state;

    start(project);
    put_elf(project, "first/liba.so.1", &foreign); /* passed over, but looked at */
    assert_true(searches(project));
    assert_false(searches(project));
    put_elf(project, "first/liba.so.1", &needing);
    put_elf(project, "first/libb.so.1", &other);
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n"
                         "+lib/libb.so.1: needed by liba.so.1\n");
    shell(project, "rm -r first");
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n");
}

static void a_link_leads_elsewhere(void **state)
{
    struct project *project = *state;

    start(project);
    shell(project, "ln -sf liba.so.1.1 libs/liba.so.1");
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n"
                         "+lib/libb.so.1: needed by liba.so.1\n");
    shell(project, "mv libs elsewhere && mkdir libs && cp elsewhere/liba.so.1.0 libs/liba.so.1");
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n");
}

static void the_program_or_the_settings_change(void **state)
{
    struct project *project = *state;
    const struct craft alone = {.needed = {"libc.so.6"}};

    start(project);
    project->functions[0].layer = false;
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\nlib/liba.so.1: needed by bot\n");
    assert_false(searches(project));
    expect_list(project, "bootstrap: handler\nlib/liba.so.1: needed by bot\n");
    put_elf(project, "bot", &alone);
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n");
}

/* A file of the package, which is no ELF file by its name, may take a library's place. */
static void the_package_gets_a_library_of_its_own(void **state)
{
    struct project *project = *state;
    const char *const more[] = {"/bot", "/lib"};

    start(project);
    project->functions[0].include = (struct strings){(const char **)(uintptr_t)more, 2};
    put_elf(project, "lib/liba.so.1", &plain);
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\nlib/liba.so.1: include[1] '/lib'\n");
    assert_false(searches(project));
}

static void a_sysroot_changes(void **state)
{
    struct project *project = *state;
    const struct craft anywhere = {.needed = {"libc.so.6", "liba.so.1"}};

    start(project);
    put_elf(project, "bot", &anywhere);
    put_elf(project, "sys/usr/lib/liba.so.1", &plain);
    put_elf(project, "other/usr/lib/liba.so.1", &needing);
    put_elf(project, "other/usr/lib/libb.so.1", &other);
    shell(project, "ln -s sys root");
    project->functions[0].sysroot = "root";
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n");
    assert_false(searches(project));
    shell(project, "ln -sfn other root");
    assert_true(searches(project));
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n"
                         "+lib/libb.so.1: needed by liba.so.1\n");
    assert_false(searches(project));
    /* What the kernel would follow out of it, the system in it would not. */
    shell(project, "mv other/usr/lib/liba.so.1 other/lib0 && ln -s /lib0 other/usr/lib/liba.so.1");
    assert_true(searches(project));
    assert_false(searches(project));
    shell(project, "mkdir -p other/etc && touch other/etc/ld.so.cache");
    assert_true(searches(project));
    shell(project, "rm other/lib0");
    must_fail(project, "the library 'liba.so.1' that '");
}

static void warnings_are_told_again(void **state)
{
    struct project *project = *state;
    const struct craft shadowed = {.needed = {"libc.so.6", "libxml2.so.2"},
                                   .runpath = "$ORIGIN/libs"};
    const struct craft library = {.soname = "libxml2.so.2"};
    char *first;

    start(project);
    put_elf(project, "bot", &shadowed);
    put_elf(project, "libs/libxml2.so.2", &library);
    assert_true(searches(project));
    expect_warning(project, "function 'bot' bundles 'libxml2.so.2'; Lambda looks");
    first = strstr(project->messages, "function 'bot' bundles");
    assert_null(strstr(first + 1, "function 'bot' bundles"));
    assert_false(searches(project));
    fflush(project->out.messages);
    first = strstr(project->messages, "function 'bot' bundles");
    assert_non_null(strstr(first + 1, "function 'bot' bundles"));
}

static void a_harmed_file_is_not_believed(void **state)
{
    struct project *project = *state;
    char *path = file_join(project->folder, MEMO);
    struct buf good;

    start(project);
    buf_init(&good, 0);
    assert_int_equal(file_read(path, 0, &good, &project->err), 0);
    for (size_t len = 0; len < good.len; len += 1 + len / 2) {
        assert_int_equal(file_write(path, good.data, len, 0644, &project->err), 0);
        assert_true(searches(project));
    }
    shell(project, "rm -r .fnctl && mkdir -p " MEMO);
    must_build(project);
    expect_list(project, "bootstrap: handler\n+lib/liba.so.1: needed by bot\n");
    buf_release(&good);
    free(path);
}

/* Without the files: whatever byte is another, it is seen. */
static void each_byte_counts(void **state)
{
    struct project *project = *state;
    char *path = file_join(project->folder, MEMO);
    uint8_t key[DIGEST_LEN] = {0};
    struct layer_findings findings = {.added = {0}};
    struct buf data;

    start(project);
    buf_init(&data, 0);
    assert_int_equal(file_read(path, 0, &data, &project->err), 0);
    assert_false(layer_memo_parse(data.data, data.len, key, &findings));
    /* The key, in hexadecimal, is behind the checksum and the name of the format. */
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        unsigned byte;

        assert_int_equal(sscanf(data.data + 16 + 18 + 2 * i, "%2x", &byte), 1);
        key[i] = (uint8_t)byte;
    }
    assert_true(layer_memo_parse(data.data, data.len, key, &findings));
    assert_int_equal(findings.added.count, 1);
    assert_int_not_equal(findings.trace.count, 0);
    layer_findings_release(&findings);
    for (size_t i = 0; i < data.len; i++) {
        data.data[i] = (char)(data.data[i] ^ 4);
        assert_false(layer_memo_parse(data.data, data.len, key, &findings));
        assert_int_equal(findings.added.count, 0);
        data.data[i] = (char)(data.data[i] ^ 4);
    }
    buf_release(&data);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_library_is_replaced),
        TEST(a_library_appears_in_an_earlier_folder),
        TEST(a_link_leads_elsewhere),
        TEST(the_program_or_the_settings_change),
        TEST(the_package_gets_a_library_of_its_own),
        TEST(a_sysroot_changes),
        TEST(warnings_are_told_again),
        TEST(a_harmed_file_is_not_believed),
        TEST(each_byte_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
