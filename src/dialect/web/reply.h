/*
 * dialect_web_reply: replies of HTTP/1.1 over the dialog's frame: status, headers, and bodies whose
 * length is told. Nothing of a request goes into one.
 */
#ifndef KABAR_DIALECT_WEB_REPLY_H
#define KABAR_DIALECT_WEB_REPLY_H

#include "base/json_out.h"
#include "base/token.h"
#include "dialect/dialect.h"
#include "dialect/web/request.h"

/* What else may load, frame or submit what this server sends. */
#define DIALECT_WEB_POLICY                                            \
	"default-src 'none'; script-src 'self'; style-src 'self'; "   \
	"img-src 'self' blob:; connect-src 'self'; font-src 'none'; " \
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/* The length of a reply that has no body by its status. */
#define DIALECT_WEB_NO_BODY (-1)

/* A request that is answered, without what lies in its head, which goes when its body is read. */
struct dialect_web_exchange {
	struct dialog *dialog;
	const char *route;  /* for the log */
	const char *policy; /* Content-Security-Policy; NULL: DIALECT_WEB_POLICY */
	enum dialect_web_method method;
	bool close;      /* the connection ends with the reply */
	bool secure;     /* what the client sends and gets is encrypted, as far as known */
	bool expects;    /* it waits for `100 Continue` */
	bool has_length; /* the length of the body was told */
	uint64_t length; /* of the body that has not been read */
	char token[TOKEN_TEXT_LEN + 1]; /* that the cookie has; "": none */
};

/*
 * Begins a reply with its status and the headers that all have, Content-Type and Content-Length
 * too, unless the length is DIALECT_WEB_NO_BODY; type NULL: none. The length is that of the body
 * that GET would give.
 */
void dialect_web_reply_begin(struct dialect_web_exchange *, int status, const char *type,
    int64_t length);
/* A further header; the value is made as printf() does, and short. */
void dialect_web_reply_header(struct dialect_web_exchange *, const char *name, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
/* Ends the headers. True: the body is to be written, by frame_write(). */
bool dialect_web_reply_end(struct dialect_web_exchange *);

/* Tells a client that waits for it to send the body. */
void dialect_web_reply_continue(struct dialect_web_exchange *);

/* A body of one JSON object: the members are written between begin and send, to `out`. */
struct dialect_web_json {
	struct json_out out;
	struct json_out_buffer buffer;
	char text[4096];
};
void dialect_web_reply_json_begin(struct dialect_web_json *, const char *status);
/* `headers` are whole further lines, as "Name: value\r\n"; "": none. */
void dialect_web_reply_json(struct dialect_web_exchange *, int status, struct dialect_web_json *,
    const char *headers);

/* An error with the text and code of a result of chat's, and with this status. */
void dialect_web_reply_error(struct dialect_web_exchange *, int status, enum chat_result);
/* The same with the status that belongs to the result. */
void dialect_web_reply_result(struct dialect_web_exchange *, enum chat_result);
/* An error of HTTP itself: the text and code are those of the status. Headers as above. */
void dialect_web_reply_refuse(struct dialect_web_exchange *, int status, const char *headers);

#endif
