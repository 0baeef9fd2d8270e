// What `eval` prints for people.
#ifndef MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_
#define MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_

#include <vector>

#include "client/commands/category_evaluation.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {

// One category: kind by kind, the measures with their intervals, what the two thresholds do, layer by layer;
// with heatmaps, of each kind the one of the picture with the largest score: where to look first.
void PrintEvaluation(const CategoryEvaluation& one, const BootstrapOptions& bootstrap,
                     const Terminal& terminal);

// Several categories, a line each, and their mean.
void PrintSummary(const std::vector<CategoryEvaluation>& categories, const Terminal& terminal);

// Ours and the baseline's figures beside those of the paper's table 1; a category that the paper does not
// have stands alone. All have a baseline.
void PrintBesidePaper(const std::vector<CategoryEvaluation>& categories, const Terminal& terminal);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_EVAL_TABLES_H_
