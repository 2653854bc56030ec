/* The walk through a source, when what it saw a moment ago is gone. */
#include "packager/files/collect.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/strlist.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Stands in for the C library's: what is called "ghost" goes before it can be looked at. */
int fstatat(int folder, const char *restrict name, struct stat *restrict status, int flags)
{
    int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int result;

    (void)flags;
    if (strcmp(name, "ghost") == 0) {
        if (fd >= 0)
            close(fd);
        unlinkat(folder, name, 0);
        errno = ENOENT;
        return -1;
    }
    if (fd < 0)
        return -1;
    result = fstat(fd, status);
    close(fd);
    return result;
}

static char *source;

static int set_up(void **state)
{
    struct err err = {0};

    (void)state;
    source = file_temporary_folder("fnctl collect", &err);
    return source ? 0 : -1;
}

static int tear_down(void **state)
{
    struct err err = {0};

    (void)state;
    file_remove(source, &err);
    free(source);
    return 0;
}

static void write_text(const char *path, const char *text)
{
    char *full = file_join(source, path);
    char *folder = file_folder(full);
    struct err err = {0};

    assert_int_equal(file_make_folder(folder, 0755, &err), 0);
    assert_int_equal(file_write(full, text, strlen(text), 0644, &err), 0);
    free(folder);
    free(full);
}

static void put(const char *path)
{
    write_text(path, "x");
}

/* The collected paths, separated by spaces, to free(); NULL on failure. */
static char *collect(struct rules *rules, bool *used, struct err *err)
{
    struct collect options = {.folder = source, .rules = rules, .used = used};
    struct entries entries = {0};
    struct strlist paths;
    char *text = NULL;

    strlist_init(&paths);
    if (collect_files(&entries, &options, err) == 0) {
        for (size_t i = 0; i < entries.count; i++)
            strlist_add(&paths, entries.items[i].path);
        text = strlist_join(&paths, " ");
    }
    strlist_release(&paths);
    entries_release(&entries);
    return text;
}

static void a_file_that_vanishes_is_told(void **state)
{
    struct err err = {0};
    struct rules rules;
    char *paths;

    (void)state;
    rules_init(&rules);
    put("a/b");
    put("a/ghost");
    assert_null(collect(&rules, NULL, &err));
    assert_int_equal(err.code, ERR_PACKAGE);
    assert_non_null(strstr(err.message, "a/ghost' vanished while the source was being read"));
    paths = collect(&rules, NULL, &err);
    assert_string_equal(paths, "a/b");
    free(paths);
    rules_release(&rules);
}

static void nobody_misses_what_is_left_out(void **state)
{
    struct err err = {0};
    struct rules rules;
    char *paths;

    (void)state;
    rules_init(&rules);
    ignore_add(&rules.exclude, "ghost", 5, "exclude[0]");
    put("a/b");
    put("ghost");
    paths = collect(&rules, NULL, &err);
    assert_string_equal(paths, "a/b");
    free(paths);
    rules_release(&rules);
}

static void says_which_patterns_had_something_to_match(void **state)
{
    bool used[3] = {false};
    struct err err = {0};
    struct rules rules;
    char *paths;

    (void)state;
    rules_init(&rules);
    rules.only_included = true;
    ignore_add(&rules.include, "a/", 2, "include[0]");
    ignore_add(&rules.include, "*.txt", 5, "include[1]");
    ignore_add(&rules.include, "!a/c", 4, "include[2]");
    put("a/b");
    put("a/c");
    put("d");
    paths = collect(&rules, used, &err);
    assert_string_equal(paths, "a/b");
    assert_true(used[0]);
    assert_false(used[1]);
    assert_true(used[2]);
    free(paths);
    rules_release(&rules);
}

/* Folders that several threads read: the order, and what is told, is that of the paths. */
static void threads_change_nothing(void **state)
{
    struct err first = {0}, err;
    struct rules rules;
    char *paths;

    (void)state;
    rules_init(&rules);
    rules.gitignore = true;
    for (int i = 0; i < 60; i++) {
        char *path = xasprintf("deep/%02d/%02d/file", i / 10, i % 10);

        put(path);
        free(path);
    }
    put("deep/00/00.txt"); /* '.' is before '/' */
    put("deep/05-");
    write_text("deep/01/.gitignore", "0[0-8]/\n");
    write_text("deep/02/.gitignore", "*\n!/05/\n!/05/**\n");
    paths = collect(&rules, NULL, &first);
    assert_non_null(paths);
    assert_string_equal(
        paths, "deep/00/00.txt deep/00/00/file deep/00/01/file deep/00/02/file deep/00/03/file "
               "deep/00/04/file deep/00/05/file deep/00/06/file deep/00/07/file deep/00/08/file "
               "deep/00/09/file deep/01/09/file deep/02/05/file deep/03/00/file deep/03/01/file "
               "deep/03/02/file deep/03/03/file deep/03/04/file deep/03/05/file deep/03/06/file "
               "deep/03/07/file deep/03/08/file deep/03/09/file deep/04/00/file deep/04/01/file "
               "deep/04/02/file deep/04/03/file deep/04/04/file deep/04/05/file deep/04/06/file "
               "deep/04/07/file deep/04/08/file deep/04/09/file deep/05- deep/05/00/file "
               "deep/05/01/file deep/05/02/file deep/05/03/file deep/05/04/file deep/05/05/file "
               "deep/05/06/file deep/05/07/file deep/05/08/file deep/05/09/file");
    free(paths);
    for (int i = 0; i < 60; i++) {
        char *path = xasprintf("%s/deep/%02d/%02d/pipe", source, i / 10, i % 10);

        assert_int_equal(mkfifo(path, 0600), 0);
        free(path);
    }
    assert_null(collect(&rules, NULL, &first));
    assert_non_null(strstr(first.message, "deep/00/00/pipe' is a pipe"));
    for (int i = 0; i < 20; i++) {
        err = (struct err){0};
        assert_null(collect(&rules, NULL, &err));
        assert_string_equal(err.message, first.message);
    }
    rules_release(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_vanishes_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_misses_what_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_which_patterns_had_something_to_match, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(threads_change_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
