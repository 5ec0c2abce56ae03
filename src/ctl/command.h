/*
 * ctl_command: the table of kabarctl's commands: each with its words, options and arguments, and
 * with what must be open before it runs.
 */
#ifndef KABAR_CTL_COMMAND_H
#define KABAR_CTL_COMMAND_H

#include <stdio.h>

#include "ctl/ctl.h"

/* The usage of all commands, or of those that begin with word (may be NULL). */
void ctl_command_usage(FILE *out, const char *word);

/*
 * Takes the options in words[0], of which `known` are allowed (letters as for getopt), into
 * ctl->options, and perhaps words[1] as the argument of the last one. The number of words that
 * were taken, or -1 after a complaint.
 */
int ctl_command_options(struct ctl *, const char *known, char **words);

/* Runs the command of these words, which NULL ends, with the configuration in path: the exit
 * status. */
int ctl_command_run(struct ctl *, char **words, const char *path);

#endif
