/*
 * words: what hipctl says, in Thai. The English text, a format or a word, is its own key, so that
 * whoever writes hipctl writes English and nothing else; tests/project/test_hipctl_words.py holds
 * that each text has its Thai one, with the same conversions in the same order, and that none is
 * left over. Terms are those of docs/th/glossary.md.
 */
#ifndef HIPCTL_WORDS_H
#define HIPCTL_WORDS_H

/* NULL: it has none, and is said in English. */
const char *words_thai(const char *english);

#endif
