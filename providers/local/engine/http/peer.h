/* Who is at the other end of a connection on loopback. */
#ifndef FNCTL_ENGINE_PEER_H
#define FNCTL_ENGINE_PEER_H

#include <netinet/in.h>
#include <stdbool.h>

/*
 * Whether the socket at `peer` that is connected to 127.0.0.1:`port` belongs to this process's user
 * or to root: other users of the machine reach loopback, too. Also true when the kernel cannot
 * tell; false when that socket is gone already.
 */
bool peer_is_ours(const struct sockaddr_in *peer, int port);

#endif
