/*
 * frame_in: the input buffer of a frame, and a mapping in its place while a longer line is in it.
 * It belongs to frame, which knows what the bytes are.
 */
#ifndef KABAR_FRAME_IN_H
#define KABAR_FRAME_IN_H

#include <stdbool.h>
#include <stddef.h>

#define FRAME_IN_BUFFER 4096

/*
 * The bytes from start to end are not taken yet. The line handed out last lies before start and is
 * overwritten only by frame_in_settle() and frame_in_slide(): it stays valid until the next line is
 * asked for.
 */
struct frame_in {
	char *buffer; /* FRAME_IN_BUFFER bytes */
	char *grown;  /* replaces it while a long line is in it, else NULL */
	size_t grown_size;
	bool growing;   /* the line at start is gathered in the grown buffer */
	size_t start;   /* input not taken yet begins here */
	size_t scanned; /* and was searched for a line end up to here */
	size_t end;     /* and ends here */
};

void frame_in_init(struct frame_in *, char *buffer);
void frame_in_free(struct frame_in *);
/* Gives back the memory of an empty buffer, until it is needed again. */
void frame_in_rest(struct frame_in *);
char *frame_in_data(struct frame_in *);
size_t frame_in_size(const struct frame_in *);
/* Gives back the room of the line handed out last, and a mapping that is needed no more. */
void frame_in_settle(struct frame_in *);
/* Gives a line that has begun all the room, before more of it is waited for. */
void frame_in_slide(struct frame_in *);
/* Makes room for size bytes from start on. 0, or -1 without memory. */
int frame_in_grow(struct frame_in *, size_t size);

#endif
