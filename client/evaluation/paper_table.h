// The figures of the MLF-SC paper's table 1, to set beside one's own.
#ifndef MLFSC_CLIENT_EVALUATION_PAPER_TABLE_H_
#define MLFSC_CLIENT_EVALUATION_PAPER_TABLE_H_

#include <optional>
#include <string>
#include <vector>

namespace mlfsc::client {

// client/evaluation/paper_table1.csv, built into the program.
extern const char kPaperTable1[];

// One method on one category. r1 and r2 are at the best threshold, as the paper chooses it.
struct PaperFigures {
  // A texture of MVTec AD, or "average".
  std::string category;
  // As in the CSV's heading: "mlf_sc".
  std::string method;
  std::optional<double> r1;
  std::optional<double> r2;
  std::optional<double> auroc;
};

// Category by category, and in each method by method, in the table's order.
const std::vector<PaperFigures>& PaperTable();

// Null when the paper has none.
const PaperFigures* FindPaperFigures(const std::string& category, const std::string& method);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_PAPER_TABLE_H_
