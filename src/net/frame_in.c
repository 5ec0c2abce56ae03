/* frame_in: mapped and not from the heap, so that a long line's memory surely goes back. */
#include "net/frame_in.h"

#include <string.h>
#include <sys/mman.h>

#include "base/trim_memory.h"

void
frame_in_init(struct frame_in *in, char *buffer)
{
	*in = (struct frame_in){ .buffer = buffer };
}

void
frame_in_free(struct frame_in *in)
{
	if (in->grown)
		(void)munmap(in->grown, in->grown_size);
	in->grown = NULL;
}

void
frame_in_rest(struct frame_in *in)
{
	if (in->start == in->end)
		trim_memory_range(in->buffer, FRAME_IN_BUFFER);
}

char *
frame_in_data(struct frame_in *in)
{
	return in->grown ? in->grown : in->buffer;
}

size_t
frame_in_size(const struct frame_in *in)
{
	return in->grown ? in->grown_size : FRAME_IN_BUFFER;
}

/* Moves the bytes that are not taken yet to the beginning of `to`. */
static void
move_input(struct frame_in *in, char *to)
{
	memmove(to, frame_in_data(in) + in->start, in->end - in->start);
	in->scanned -= in->start;
	in->end -= in->start;
	in->start = 0;
}

void
frame_in_settle(struct frame_in *in)
{
	if (in->start == in->end)
		in->start = in->scanned = in->end = 0;
	if (!in->grown || in->growing || in->end - in->start > FRAME_IN_BUFFER)
		return;
	move_input(in, in->buffer);
	frame_in_free(in);
}

void
frame_in_slide(struct frame_in *in)
{
	if (in->start > 0)
		move_input(in, frame_in_data(in));
}

int
frame_in_grow(struct frame_in *in, size_t size)
{
	char *grown;

	if (!in->grown) {
		grown =
		    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (grown == MAP_FAILED)
			return -1;
		move_input(in, grown);
		in->grown = grown;
		in->grown_size = size;
	}
	in->growing = true;
	return 0;
}
