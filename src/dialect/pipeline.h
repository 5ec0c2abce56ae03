/*
 * dialect_pipeline: requests that a client sends one behind the other, without waiting for the
 * replies, and whose messages are committed together. Each is looked up and judged when its turn
 * comes, as if it were alone; replies are written when the commit has shown the results.
 */
#ifndef KABAR_DIALECT_PIPELINE_H
#define KABAR_DIALECT_PIPELINE_H

#include "dialect/line.h"

/*
 * Runs the command of this line, one that may be pipelined, and replies; or, when another line is
 * here already, leaves that to dialect_pipeline_settle().
 */
void dialect_pipeline_run(struct dialog *, struct line_request *, const struct frame_line *);
/*
 * Commits what is under way and replies, in the order of the requests. To be called before anything
 * else is written to the client, and before it is waited for. The fields of struct chat that
 * concern the present request stay as they are.
 */
void dialect_pipeline_settle(struct dialog *);

#endif
