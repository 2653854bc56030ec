/*
 * The engine's one event loop: descriptors, timers, children. Everything in
 * the engine runs on this loop's thread; callbacks return soon.
 */
#ifndef FNCTL_ENGINE_LOOP_H
#define FNCTL_ENGINE_LOOP_H

#include "core/err.h"

#include <stdint.h>
#include <sys/types.h>

struct loop;

struct loop *loop_new(struct err *err);
void loop_free(struct loop *loop);

/* Runs until loop_stop(). Without anything to do it sleeps in epoll_wait: no CPU. */
int loop_run(struct loop *loop, struct err *err);
void loop_stop(struct loop *loop);

/* Calls back with epoll events (EPOLLIN, ...) until removed. Level-triggered. The descriptor stays
 * the caller's; remove it before closing it. */
typedef void loop_fd_callback(void *context, int fd, uint32_t events);
int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_callback *callback,
                void *context, struct err *err);
void loop_remove_fd(struct loop *loop, int fd);

/* Calls back once, `milliseconds` from now, unless cancelled. 0 is no timer's id. */
typedef void loop_timer_callback(void *context);
uint64_t loop_add_timer(struct loop *loop, int64_t milliseconds, loop_timer_callback *callback,
                        void *context);
void loop_cancel_timer(struct loop *loop, uint64_t timer);

/* Calls back once when the child has ended, with waitpid()'s status; the child is reaped. */
typedef void loop_child_callback(void *context, pid_t pid, int status);
int loop_add_child(struct loop *loop, pid_t pid, loop_child_callback *callback, void *context,
                   struct err *err);

#endif
