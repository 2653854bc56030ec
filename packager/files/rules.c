#include "packager/files/rules.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { GITIGNORE_MAX = 1 << 20 };

static const char built_in[] = "built in";

static const char *const never_source[] = {
    ".git",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    ".hg/",
    ".svn/",
    ".fnctl/",
    "fnctl.json",
    ".fnctlignore",
    "/fnctl.schema.json",
    ".venv/",
    "venv/",
    "__pycache__/",
    "*.pyc",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    ".hypothesis/",
    ".ipynb_checkpoints/",
    ".tox/",
    ".nox/",
    ".coverage",
    ".nyc_output/",
    "**/node_modules/.cache/",
    ".aws-sam/",
    ".serverless/",
    ".idea/",
    ".vscode/",
    "*.o",
    ".DS_Store",
    /* Secrets that lie about in projects; `include` brings one in that is meant. */
    ".env",
    ".env.*",
    ".netrc",
    ".aws/",
    ".ssh/",
    "id_rsa",
    "id_ecdsa",
    "id_ed25519",
};

/* Rules that are no patterns. */
static const struct ignore_rule virtualenv = {
    .text = (char[]){"a virtual environment: pyvenv.cfg is in it"},
    .where = (char[]){"built in"},
};
static const struct ignore_rule program_alone = {
    .text = (char[]){"an ELF program in the project's own folder goes in alone"},
    .where = (char[]){"built in"},
};

void rules_init(struct rules *rules)
{
    *rules = (struct rules){0};
    ignore_init(&rules->built_in);
    ignore_init(&rules->exclude);
    ignore_init(&rules->include);
    for (size_t i = 0; i < sizeof(never_source) / sizeof(*never_source); i++)
        ignore_add(&rules->built_in, never_source[i], strlen(never_source[i]), built_in);
}

void rules_release(struct rules *rules)
{
    ignore_release(&rules->built_in);
    ignore_release(&rules->exclude);
    ignore_release(&rules->include);
    rules_leave(rules->above, NULL);
    *rules = (struct rules){0};
}

static struct rules_level *new_level(struct rules_level *outer)
{
    struct rules_level *level = xcalloc(1, sizeof(*level));

    level->outer = outer;
    ignore_init(&level->ignore);
    return level;
}

void rules_leave(struct rules_level *level, const struct rules_level *until)
{
    while (level != until) {
        struct rules_level *outer = level->outer;

        ignore_release(&level->ignore);
        free(level->above);
        free(level);
        level = outer;
    }
}

/* Reads the .gitignore of a folder, if it has one, as rules at `name`. As with git, one that is no
 * regular file has no say. */
static int read_file(struct ignore *ignore, const char *folder, const char *name, struct err *err)
{
    char *path = file_join(folder, ".gitignore");
    struct stat status;
    struct buf text;
    int result = 0;

    buf_init(&text, 0);
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        result = file_read(path, GITIGNORE_MAX, &text, err);
    if (result < 0)
        err->code = ERR_PACKAGE;
    else
        ignore_add_text(ignore, buf_string(&text), text.len, name);
    buf_release(&text);
    free(path);
    return result;
}

/* The length of the part of `real` that is the top of the git repository; 0: it is in none. */
static size_t repository(const char *real)
{
    char *folder = xstrdup(real);
    size_t len = strlen(folder);

    while (len > 0) {
        char *git;
        bool found;

        folder[len] = '\0';
        git = file_join(folder, ".git");
        found = file_exists(git);
        free(git);
        if (found)
            break;
        while (len > 0 && folder[--len] != '/')
            continue;
    }
    free(folder);
    return len;
}

/* The name of the .gitignore above the source at `path` below its folder: "../../.gitignore"; to
 * free(). */
static char *name_above(const char *path)
{
    struct buf name;

    buf_init(&name, 0);
    for (const char *p = path; p; p = strchr(p + 1, '/'))
        buf_printf(&name, "../");
    buf_printf(&name, ".gitignore");
    return buf_take(&name);
}

int rules_read_above(struct rules *rules, const char *real, struct err *err)
{
    size_t len = rules->gitignore ? repository(real) : 0;
    int result = 0;

    while (len && real[len] && result == 0) {
        char *folder = xstrndup(real, len);
        char *name = name_above(real + len + 1);
        struct rules_level *level = rules->above = new_level(rules->above);

        level->above = xstrdup(real + len + 1);
        result = read_file(&level->ignore, folder, name, err);
        len += 1 + strcspn(real + len + 1, "/");
        free(name);
        free(folder);
    }
    return result;
}

int rules_enter(const struct rules *rules, struct rules_level *level, const char *folder,
                const char *path, struct rules_level **entered, struct err *err)
{
    struct rules_level *inner;
    char *name;
    int result;

    *entered = level;
    if (!rules->gitignore)
        return 0;
    inner = new_level(level);
    inner->skip = *path ? strlen(path) + 1 : 0;
    name = file_join(path, ".gitignore");
    result = read_file(&inner->ignore, folder, name, err);
    if (result == 0 && inner->ignore.count)
        *entered = inner;
    else
        rules_leave(inner, level);
    free(name);
    return result;
}

struct verdict rules_start(const struct rules *rules)
{
    return (struct verdict){.excluded = rules->only_included ? &program_alone : NULL};
}

/* The subject's path as a level sees it. `*made` is to free(). */
static const char *path_at(const struct rules_level *level, const struct subject *subject,
                           char **made)
{
    *made = level->above ? file_join(level->above, subject->path) : NULL;
    return *made ? *made : subject->path + level->skip;
}

static const struct ignore_rule *match_level(const struct rules_level *level,
                                             const struct subject *subject)
{
    char *made;
    const char *path = path_at(level, subject, &made);
    const struct ignore_rule *rule = ignore_match(&level->ignore, path, subject->folder);

    free(made);
    return rule;
}

/* What is never source, and then what git ignores: a `!` in a .gitignore is about what git would
 * ignore, and no word on caches and secrets. */
static const struct ignore_rule *match_weak(const struct rules *rules,
                                            const struct subject *subject)
{
    const struct ignore_rule *rule = NULL;
    const struct ignore_rule *never = subject->virtualenv ? &virtualenv : NULL;

    for (const struct rules_level *at = subject->level; at && !rule; at = at->outer)
        rule = match_level(at, subject);
    if (rule && !rule->negated)
        return rule;
    if (!never)
        never = ignore_match(&rules->built_in, subject->path, subject->folder);
    return never ? never : rule;
}

/* The rule that decides whether the subject itself is left out. */
static const struct ignore_rule *match_exclude(const struct rules *rules,
                                               const struct subject *subject)
{
    const struct ignore_rule *rule = ignore_match(&rules->exclude, subject->path, subject->folder);

    return rule ? rule : match_weak(rules, subject);
}

void rules_decide(const struct rules *rules, struct verdict above, const struct subject *subject,
                  const struct ignore_rule **exclude, const struct ignore_rule **include)
{
    *exclude = above.excluded ? NULL : match_exclude(rules, subject);
    *include = ignore_match(&rules->include, subject->path, subject->folder);
}

struct verdict rules_judge(const struct rules *rules, struct verdict above,
                           const struct subject *subject)
{
    struct verdict verdict = {.included = above.included, .excluded = above.excluded};
    const struct ignore_rule *exclude, *include;

    rules_decide(rules, above, subject, &exclude, &include);
    if (include)
        verdict.included = include->negated ? NULL : include;
    if (exclude && exclude->negated)
        verdict.restored = exclude;
    else if (exclude)
        verdict.excluded = exclude;
    return verdict;
}

static void tell_list(const struct ignore *ignore, const char *path, bool folder, bool include,
                      rules_listener *tell, void *context)
{
    for (size_t i = 0; i < ignore->count; i++)
        if (ignore_rule_matches(&ignore->rules[i], path, folder))
            tell(context, &ignore->rules[i], include);
}

/* Of the outermost folder first. */
static void tell_levels(const struct rules_level *level, const struct subject *subject,
                        rules_listener *tell, void *context)
{
    char *made;

    if (!level)
        return;
    tell_levels(level->outer, subject, tell, context);
    tell_list(&level->ignore, path_at(level, subject, &made), subject->folder, false, tell,
              context);
    free(made);
}

void rules_each(const struct rules *rules, const struct subject *subject, rules_listener *tell,
                void *context)
{
    tell_list(&rules->built_in, subject->path, subject->folder, false, tell, context);
    if (subject->virtualenv)
        tell(context, &virtualenv, false);
    tell_levels(subject->level, subject, tell, context);
    tell_list(&rules->exclude, subject->path, subject->folder, false, tell, context);
    tell_list(&rules->include, subject->path, subject->folder, true, tell, context);
}
