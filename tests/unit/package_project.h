/* A project in a folder of its own for tests that package it. */
#ifndef FNCTL_TESTS_PACKAGE_PROJECT_H
#define FNCTL_TESTS_PACKAGE_PROJECT_H

#include "packager/package.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/process.h"
#include "tests/unit/craft_elf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

/* Each test has a project of its own in a folder whose name has a space and an umlaut. */
struct project {
    char *folder;
    char *output;
    struct function functions[2];
    struct settings settings;
    struct out out;
    char *messages; /* what was written to standard error */
    size_t messages_len;
    struct package package;
    struct package_list list;
    struct err err;
};

static inline int set_up(void **state)
{
    struct project *project = xcalloc(1, sizeof(*project));

    project->folder = file_temporary_folder("fnctl p\xc3\xa4 age", &project->err);
    project->output = file_join(project->folder, ".fnctl");
    project->functions[0] = (struct function){.name = "bot",
                                              .runtime = "python3.13",
                                              .architecture = "x86_64",
                                              .source = ".",
                                              .node_modules = "source",
                                              .runtime_packages = "leave-out",
                                              .layer = true};
    project->settings = (struct settings){.folder = project->folder,
                                          .project = "test",
                                          .provider = "aws",
                                          .functions = {project->functions, 1}};
    out_init(&project->out, stdout, open_memstream(&project->messages, &project->messages_len));
    *state = project;
    return 0;
}

static inline int tear_down(void **state)
{
    struct project *project = *state;

    package_release(&project->package);
    package_list_release(&project->list);
    file_remove(project->folder, &project->err);
    fclose(project->out.messages);
    free(project->settings.file);
    out_release(&project->out);
    free(project->messages);
    free(project->output);
    free(project->folder);
    free(project);
    return 0;
}

static inline void put(struct project *project, const char *path, const char *text, mode_t mode)
{
    char *full = file_join(project->folder, path);
    char *folder = file_folder(full);

    assert_int_equal(file_make_folder(folder, 0755, &project->err), 0);
    assert_int_equal(file_write(full, text, strlen(text), mode, &project->err), 0);
    free(folder);
    free(full);
}

static inline void put_elf(struct project *project, const char *path, const struct craft *craft)
{
    char *full = file_join(project->folder, path);
    char *folder = file_folder(full);
    struct buf bytes;

    buf_init(&bytes, 0);
    craft_elf(&bytes, craft);
    assert_int_equal(file_make_folder(folder, 0755, &project->err), 0);
    assert_int_equal(file_write(full, bytes.data, bytes.len, 0755, &project->err), 0);
    buf_release(&bytes);
    free(folder);
    free(full);
}

static inline void shell(struct project *project, const char *command)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    struct process process = {.argv = argv, .folder = project->folder};
    int status;

    assert_int_equal(process_run(&process, &status, &project->err), 0);
    assert_int_equal(status, 0);
}

static inline int build(struct project *project)
{
    struct package_options options = {
        .out = &project->out, .folder = project->output, .build = true, .level = 6};

    package_release(&project->package);
    package_list_release(&project->list);
    err_clear(&project->err);
    return package_build(&project->settings, project->functions, &options, &project->package,
                         &project->list, &project->err);
}

static inline void must_build(struct project *project)
{
    if (build(project) < 0)
        fail_msg("%s", project->err.message);
}

static inline void must_fail(struct project *project, const char *part)
{
    assert_int_equal(build(project), -1);
    assert_int_equal(project->err.code, ERR_PACKAGE);
    if (!strstr(project->err.message, part))
        fail_msg("expected \"%s\" in: %s", part, project->err.message);
    assert_null(project->package.function.path);
}

/* The paths of the list and the reasons, one a line; those of the layer start with `+`. */
static inline void expect_list(struct project *project, const char *expected)
{
    struct buf text;

    buf_init(&text, 0);
    for (size_t i = 0; i < project->list.count; i++)
        buf_printf(&text, "%s%s: %s\n", project->list.entries[i].layer ? "+" : "",
                   project->list.entries[i].path, project->list.entries[i].reason);
    assert_string_equal(buf_string(&text), expected);
    buf_release(&text);
}

/* The contents of an entry as a string, to free(). */
static inline char *read_entry(const struct artifact *artifact, const char *path,
                               zip_uint32_t *mode)
{
    zip_t *zip = zip_open(artifact->path, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
    char *text = xcalloc(1, 1 << 20);
    zip_file_t *file;
    zip_uint8_t system;

    assert_non_null(zip);
    file = zip_fopen(zip, path, 0);
    assert_non_null(file);
    assert_true(zip_fread(file, text, (1 << 20) - 1) >= 0);
    zip_file_get_external_attributes(zip, (zip_uint64_t)zip_name_locate(zip, path, 0), 0, &system,
                                     mode);
    *mode >>= 16;
    zip_fclose(file);
    zip_discard(zip);
    return text;
}

static inline void expect_warning(struct project *project, const char *part)
{
    fflush(project->out.messages);
    if (!strstr(project->messages, part))
        fail_msg("expected \"%s\" in: %s", part, project->messages);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
