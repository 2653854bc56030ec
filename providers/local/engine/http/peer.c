#include "providers/local/engine/http/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel is asked for exactly one socket; the answer is that socket or an error. */
static bool ask(int netlink, const struct sockaddr_in *peer, int port)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } question = {.header = {.nlmsg_len = sizeof(question),
                             .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                             .nlmsg_flags = NLM_F_REQUEST},
                  .body = {.sdiag_family = AF_INET,
                           .sdiag_protocol = IPPROTO_TCP,
                           .id = {.idiag_sport = peer->sin_port,
                                  .idiag_dport = htons((uint16_t)port),
                                  .idiag_src = {peer->sin_addr.s_addr},
                                  .idiag_dst = {htonl(INADDR_LOOPBACK)},
                                  .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};

    return send(netlink, &question, sizeof(question), 0) == (ssize_t)sizeof(question);
}

/* What the answer says; `len` bytes of it were read. */
static bool judge(const struct nlmsghdr *answer, size_t len)
{
    struct inet_diag_msg socket;
    struct nlmsgerr error;

    if (len >= NLMSG_LENGTH(sizeof(socket)) && answer->nlmsg_type == SOCK_DIAG_BY_FAMILY) {
        memcpy(&socket, NLMSG_DATA(answer), sizeof(socket));
        return socket.idiag_uid == getuid() || socket.idiag_uid == 0;
    }
    if (len >= NLMSG_LENGTH(sizeof(error)) && answer->nlmsg_type == NLMSG_ERROR) {
        memcpy(&error, NLMSG_DATA(answer), sizeof(error));
        return error.error != -ENOENT;
    }
    return true;
}

bool peer_is_ours(const struct sockaddr_in *peer, int port)
{
    union {
        struct nlmsghdr header;
        char bytes[4096];
    } answer;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    bool ours = true;
    ssize_t len;

    if (netlink < 0)
        return true;
    if (ask(netlink, peer, port)) {
        len = recv(netlink, &answer, sizeof(answer), MSG_DONTWAIT);
        ours = len <= 0 || judge(&answer.header, (size_t)len);
    }
    close(netlink);
    return ours;
}
