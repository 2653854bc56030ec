#include "providers/aws/function/shift.h"

#include "core/interrupt.h"
#include "core/memory.h"
#include "core/task.h"
#include "providers/aws/function/alias.h"
#include "providers/aws/function/version_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CONCURRENT_MOVES = 8 };

/* One function whose alias may move. */
struct move {
    struct remote *remote;
    bool able; /* there is something to move it to */
    bool moves;
    char *version; /* where to */
    char *candidate;
    struct alias_target target;
    json_t *before; /* the alias as it was */
    struct change *change;
};

/* All that is done for one command. */
struct shifting {
    struct session *session;
    const struct shift *shift;
    struct changes *changes;
    struct move *moves; /* one a function */
};

/* Whether version `item` is older than what is live. */
static bool is_older(const json_t *item, const struct alias_target *now)
{
    return alias_version_number(json_string_at(item, "Version")) <
           alias_version_number(now->version);
}

/* The version that was live before and is still there. Where the alias does not tell, as nothing of
 * ours moved it, the newest of those older than the live one. NULL: there is none. */
static const json_t *find_earlier(const json_t *versions, const struct alias_target *now)
{
    size_t i;
    const json_t *item;

    for (i = 0; i < now->note.count; i++) {
        char *version = xasprintf("%" PRId64, now->note.before[i].version);
        const json_t *found = version_find(versions, version);

        free(version);
        if (found)
            return found;
    }
    json_array_foreach (versions, i, item) {
        if (now->note.live.at <= 1 && is_older(item, now))
            return item;
    }
    return NULL;
}

static int no_such_version(const struct remote *remote, const char *version, const json_t *versions,
                           struct err *err)
{
    size_t i;
    const json_t *item;

    err_set(err, ERR_FAILED, "function '%s' has no version '%s'; it has", remote->function->name,
            version);
    json_array_foreach (versions, i, item) {
        if (i == 20)
            return err_append(err, ", ...: see 'fnctl versions'");
        err_append(err, "%s %s", i ? "," : "", json_string_at(item, "Version"));
    }
    return i ? -1 : err_append(err, " none");
}

/* A version gets a part of the calls: that is to end first. */
static int demand_settled(const struct remote *remote, const struct alias_target *now,
                          struct err *err)
{
    if (!now->candidate)
        return 0;
    return err_set(err, ERR_FAILED,
                   "version %s of function '%s' gets %.4g %% of the calls; 'fnctl release --abort' "
                   "gives them all back to version %s",
                   now->candidate, remote->function->name, now->weight * 100, now->version);
}

/* Finds where a function goes; one that has no earlier version stays. */
static int find_back(struct shifting *shifting, struct move *move, struct err *err)
{
    const char *wanted = shifting->shift->version;
    struct alias_target now = alias_now(move->remote);
    const json_t *versions, *found;
    char *fingerprint;

    if (demand_settled(move->remote, &now, err) < 0)
        return -1;
    versions = version_list(shifting->session, move->remote, err);
    if (!versions)
        return -1;
    found = wanted ? version_find(versions, wanted) : find_earlier(versions, &now);
    if (wanted && !found)
        return no_such_version(move->remote, wanted, versions, err);
    if (wanted && strcmp(wanted, now.version) == 0)
        return err_set(err, ERR_FAILED, "version %s of function '%s' is live already", wanted,
                       move->remote->function->name);
    if (!found && shifting->shift->chosen)
        return err_set(err, ERR_FAILED,
                       "function '%s' has no version that was live before %s; 'fnctl versions' "
                       "lists those there are, for --to",
                       move->remote->function->name, now.version);
    if (!found)
        return 0;
    move->able = move->moves = true;
    move->version = xstrdup(json_string_at(found, "Version"));
    move->target = (struct alias_target){.version = move->version, .note = now.note};
    fingerprint = configuration_fingerprint(found, move->remote->function);
    alias_note_back(&move->target.note, alias_version_number(move->version), fingerprint,
                    shifting->session->opened);
    free(fingerprint);
    return 0;
}

/* Where the candidate's release leads to. */
static int find_release(struct shifting *shifting, struct move *move, struct err *err)
{
    const struct shift *shift = shifting->shift;
    struct alias_target now = alias_now(move->remote);
    struct alias_target *target = &move->target;

    if (!now.candidate && shift->chosen)
        return err_set(err, ERR_FAILED,
                       "no version of function '%s' is being released; 'fnctl deploy --weight 10' "
                       "gives a new one 10 %% of the calls",
                       move->remote->function->name);
    if (!now.candidate)
        return 0;
    if (version_complete_note(shifting->session, move->remote, &now.note, err) < 0)
        return -1;
    move->able = true;
    move->version = xstrdup(shift->kind == SHIFT_PROMOTE ? now.candidate : now.version);
    *target = (struct alias_target){.version = move->version, .note = now.note};
    move->moves = true;
    if (shift->kind == SHIFT_WEIGHT) {
        move->candidate = xstrdup(now.candidate);
        target->candidate = move->candidate;
        target->weight = (double)shift->weight / 100;
        move->moves = (int64_t)(now.weight * 100 + 0.5) != shift->weight;
    } else if (shift->kind == SHIFT_PROMOTE) {
        alias_note_forward(&target->note, now.note.next, now.note.next_fingerprint,
                           shifting->session->opened);
    } else {
        alias_note_end(&target->note);
    }
    return 0;
}

static int find_target(void *context, size_t index, struct err *err)
{
    struct shifting *shifting = context;
    struct move *move = &shifting->moves[index];

    move->remote = session_remote(shifting->session, shifting->shift->functions[index]);
    if (alias_demand(shifting->session, move->remote, err) < 0)
        return -1;
    return shifting->shift->kind == SHIFT_BACK ? find_back(shifting, move, err)
                                               : find_release(shifting, move, err);
}

/* Without names it is the last deploy that is undone: functions that it did not move stay. After
 * an interruption that finishes the work, for what has gone back already became live earlier. */
static void keep_last_deploy(struct shifting *shifting)
{
    size_t count = shifting->shift->count;
    int64_t last = 0;

    for (size_t i = 0; i < count; i++) {
        struct alias_target now = alias_now(shifting->moves[i].remote);

        if (shifting->moves[i].moves && now.note.live.at > last)
            last = now.note.live.at;
    }
    for (size_t i = 0; i < count; i++) {
        struct move *move = &shifting->moves[i];
        struct alias_target now = alias_now(move->remote);

        move->moves = move->moves && now.note.live.at == last;
    }
}

/* Whether there is anything to be done at all. */
static int demand_able(const struct shifting *shifting, struct err *err)
{
    const char *stage = shifting->session->settings->stage;

    for (size_t i = 0; i < shifting->shift->count; i++) {
        if (shifting->moves[i].able)
            return 0;
    }
    if (shifting->shift->kind == SHIFT_BACK)
        return err_set(err, ERR_FAILED,
                       "no function of stage '%s' has an earlier version to go back to", stage);
    return err_set(
        err, ERR_FAILED,
        "no version is being released in stage '%s'; 'fnctl deploy %s --weight 10' gives "
        "new ones 10 %% of the calls",
        stage, stage);
}

static int carry_out(void *context, size_t index, struct err *err)
{
    struct shifting *shifting = context;
    struct move *move = &shifting->moves[index];
    int64_t started = clock_monotonic(shifting->session->clock);

    if (!move->moves)
        return 0;
    if (interrupt_check(err) < 0)
        return -1;
    move->before = json_incref(move->remote->alias);
    if (alias_put(shifting->session, move->remote, &move->target, err) < 0)
        return err_context(err, "function '%s'", move->remote->function->name);
    changes_done(shifting->changes, move->change, session_elapsed(shifting->session, started));
    return 0;
}

/* The alias leads again to where it did. A write that failed may have been carried out. */
static int put_back(struct shifting *shifting, struct move *move, struct err *err)
{
    struct remote was = {.alias = move->before};
    struct alias_target target = alias_now(&was);

    target.description = json_string_at(move->before, "Description");
    move->change->done = false;
    if (alias_read(shifting->session, move->remote, err) < 0)
        return -1;
    return json_equal(move->remote->alias, move->before)
               ? 0
               : alias_put(shifting->session, move->remote, &target, err);
}

/* After a failure: what has moved already goes back. Says in `err` what could not. */
static void put_all_back(struct shifting *shifting, struct err *err)
{
    size_t stuck = 0;

    for (size_t i = 0; i < shifting->shift->count; i++) {
        struct move *move = &shifting->moves[i];
        struct err why = {0};

        if (move->before && put_back(shifting, move, &why) < 0 && stuck++ < 5)
            err_append(err, "; function '%s' may be at version %s: see 'fnctl versions'",
                       move->remote->function->name, move->version);
    }
    if (!stuck)
        err_append(err, " (every alias is where it was)");
}

/* After Ctrl-C nothing more is sent. */
static void tell_moved(const struct shifting *shifting, struct err *err)
{
    for (size_t i = 0; i < shifting->shift->count; i++) {
        const struct move *move = &shifting->moves[i];

        if (move->moves && move->change->done)
            err_append(err, "; function '%s' is at version %s", move->remote->function->name,
                       move->version);
    }
}

static int move_all(struct shifting *shifting, struct err *err)
{
    size_t count = shifting->shift->count;

    for (size_t i = 0; i < count; i++) {
        struct move *move = &shifting->moves[i];

        if (!move->moves)
            continue;
        move->change = alias_record(shifting->changes, move->remote, &move->target);
        changes_announce(shifting->changes, move->change);
    }
    if (!shifting->changes->apply)
        return 0;
    if (task_run_all(carry_out, shifting, count, CONCURRENT_MOVES, err) == 0)
        return 0;
    if (err->code == ERR_INTERRUPTED)
        tell_moved(shifting, err);
    else
        put_all_back(shifting, err);
    return -1;
}

int aws_shift(struct session *session, const struct shift *shift, struct changes *changes,
              struct err *err)
{
    struct shifting shifting = {.session = session, .shift = shift, .changes = changes};
    int result;

    shifting.moves = xcalloc(shift->count + 1, sizeof(*shifting.moves));
    result = task_run_all(find_target, &shifting, shift->count, CONCURRENT_MOVES, err);
    if (result == 0)
        result = demand_able(&shifting, err);
    if (shift->kind == SHIFT_BACK && !shift->chosen && result == 0)
        keep_last_deploy(&shifting);
    if (result == 0)
        result = move_all(&shifting, err);
    for (size_t i = 0; i < shift->count; i++) {
        free(shifting.moves[i].version);
        free(shifting.moves[i].candidate);
        json_decref(shifting.moves[i].before);
    }
    free(shifting.moves);
    return result;
}
