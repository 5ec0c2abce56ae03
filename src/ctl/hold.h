/*
 * ctl_hold: has the state directory for oneself, for commands that change what kabard has open.
 */
#ifndef KABAR_CTL_HOLD_H
#define KABAR_CTL_HOLD_H

#include "ctl/ctl.h"
#include "live/link_status.h"

struct ctl_hold {
	int master;
	int committer;
	struct link_status_file *links;
};

/*
 * Takes all locks, as the realm's user. CTL_OK, or another status having said who is at work there;
 * to be dropped in either case.
 */
int ctl_hold_take(struct ctl *, struct ctl_hold *);
void ctl_hold_drop(struct ctl *, struct ctl_hold *);

#endif
