/*
 * legacy_link: the link to an older server: plain TCP, one request at a time, each answered by
 * one reply; questions go over connections of their own, so that none holds up a message.
 */
#ifndef KABAR_LEGACY_LINK_H
#define KABAR_LEGACY_LINK_H

#include "bridge/link.h"

extern const struct bridge_link_protocol legacy_link_protocol;

#endif
