/*
 * dialect_file: files in the line dialects: BASE64 that streams in at the end of a request, and
 * out inside a reply.
 */
#ifndef KABAR_DIALECT_FILE_H
#define KABAR_DIALECT_FILE_H

#include "dialect/line.h"

/*
 * Receives the body of a request, stores it and replies. The request's text is all of the body;
 * or, if it streams, the body is what the dialog's frame hands out, and the words of the request
 * are good only until then.
 */
void dialect_file_receive(struct dialog *, const struct line_request *, enum line_verb,
    bool streams);

/*
 * Decodes a body, as above, piece by piece for the sink. False: the connection has ended before the
 * body did; else it is over, and *result is CHAT_OK if it was good and the sink took all of it,
 * CHAT_BAD_ARGUMENT, or what the sink said instead.
 */
typedef enum chat_result dialect_file_sink(void *arg, const void *data, size_t len);
bool dialect_file_decode(struct dialog *, struct chat_text body, bool streams, dialect_file_sink *,
    void *arg, enum chat_result *);

/* The names of the files that the user can have. */
void dialect_file_list(struct dialog *, const struct line_request *);
/* One of them. */
void dialect_file_send(struct dialog *, const struct line_request *);
/* The newest that somebody else has sent, in the shape of those clients that ask for no name. */
void dialect_file_send_newest(struct dialog *, const struct line_request *);
/*
 * Members of the object for a message that tells of a file: its name, and its content where that is
 * small (inbox_file_max) and not more than room, which is then less; else how to ask for it. The
 * message's texts are no longer good then.
 */
void dialect_file_enclose(struct dialog *, struct json_out *, const struct line_request *,
    const struct chat_inbox *, const struct chat_inbox_item *, const struct chat_message *,
    uint64_t *room);

#endif
