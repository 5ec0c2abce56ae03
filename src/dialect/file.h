/*
 * dialect_file: files in the line dialects: BASE64 that streams in at the end of a request, and
 * out inside a reply.
 */
#ifndef KABAR_DIALECT_FILE_H
#define KABAR_DIALECT_FILE_H

#include "chat/file/download.h"
#include "chat/file/upload.h"
#include "dialect/line.h"

/* A file that comes over a connection. */
struct dialect_file_source {
	const struct chat_session *session; /* its sender's */
	struct chat_text name;              /* is used before anything is read */
	/* Tells the upload its receivers. */
	enum chat_result (*address)(void *arg, struct chat *, struct chat_upload *);
	/*
	 * Where *result is CHAT_OK, hands the content to chat_upload_write(), and gives the result
	 * if that takes no more; else passes over the content. False: the connection has ended
	 * before the content did.
	 */
	bool (*read)(void *arg, struct dialog *, struct chat_upload *, enum chat_result *result);
	void *arg;
};

/* Takes it and stores it. Results of chat_upload; LINE_REPLIED: the connection has ended. */
enum chat_result dialect_file_take(struct dialog *, const struct dialect_file_source *);

/*
 * A struct line_command's run(): receives the body of a request and stores it under the name that
 * is the last word, for the receivers that the command's address() finds. The words of a request
 * that streams are good only until the body is read. LINE_REPLIED: the connection has ended before
 * the body did.
 */
enum chat_result dialect_file_receive(struct dialog *, struct line_request *);
/* Its address(): the user or the group of the first word. */
line_address dialect_file_to_user, dialect_file_to_group;

/*
 * Decodes the body of a request piece by piece for the sink. False: the connection has ended before
 * the body did; else it is over, and *result is CHAT_OK if it was good and the sink took all of it,
 * CHAT_BAD_ARGUMENT, or the sink's own result.
 */
typedef enum chat_result dialect_file_sink(void *arg, const void *data, size_t len);
bool dialect_file_decode(struct dialog *, const struct line_request *, dialect_file_sink *,
    void *arg, enum chat_result *);

/*
 * Writes the content of a download as parts of a string. 0, or -1: it is damaged, that is it has
 * not the size that it should have, or cannot be read.
 */
int dialect_file_encode(struct dialog *, struct json_out *, const struct chat_download *);

/*
 * The same as the member "data", and ends the download and the reply, which is cut off where the
 * content is damaged. LINE_REPLIED.
 */
enum chat_result dialect_file_send_data(struct dialog *, struct json_out *,
    const struct chat_download *);

/* Struct line_command's run(): the names of the files that the user can have, and one of them. */
enum chat_result dialect_file_list(struct dialog *, struct line_request *);
enum chat_result dialect_file_download(struct dialog *, struct line_request *);
/* The newest that somebody else has sent, in the shape of those clients that ask for no name. */
enum chat_result dialect_file_download_newest(struct dialog *, const struct line_request *);

#endif
