#include "cli/commands.h"

#include <string.h>

extern const struct command cmd_init, cmd_check, cmd_package, cmd_plan, cmd_deploy, cmd_update,
    cmd_undeploy, cmd_release, cmd_rollback, cmd_status, cmd_versions, cmd_invoke, cmd_tail,
    cmd_local, cmd_login, cmd_logout, cmd_policy, cmd_settings, cmd_schema, cmd_completion,
    cmd_help, cmd_version;

/* In the order of --help: the way of a project. */
const struct command *const commands[] = {
    &cmd_init,     &cmd_check,      &cmd_package, &cmd_plan,    &cmd_deploy, &cmd_update,
    &cmd_release,  &cmd_rollback,   &cmd_invoke,  &cmd_tail,    &cmd_status, &cmd_versions,
    &cmd_undeploy, &cmd_policy,     &cmd_local,   &cmd_login,   &cmd_logout, &cmd_settings,
    &cmd_schema,   &cmd_completion, &cmd_help,    &cmd_version, NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

void command_names(struct strlist *names)
{
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            strlist_add(names, commands[i]->name);
}
