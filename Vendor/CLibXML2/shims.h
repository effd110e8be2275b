#pragma once
// libxml2 for EPPSchema: reading a document into a tree, reading schemas, and holding the one against the other.
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

// A variable of the library's, which Swift takes for shared state that anybody may change.
static inline void cxml_free(void *memory) { xmlFree(memory); }
