// What the wire's enumerations are called on the command line, in tables and in JSON.
#ifndef MLFSC_CLIENT_COMMANDS_OPTION_NAMES_H_
#define MLFSC_CLIENT_COMMANDS_OPTION_NAMES_H_

#include <string>
#include <utility>
#include <vector>

#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// The default first.
template <typename Value>
using Names = std::vector<std::pair<std::string, Value>>;

const Names<v1::FeatureSource>& SourceNames();
const Names<v1::ResizeMethod>& ResizeNames();
const Names<v1::Coder>& CoderNames();
const Names<v1::ScoreMethod>& ScoreNames();
const Names<v1::OutlierAction>& OutlierNames();

// Empty for values that this program does not know.
std::string Name(v1::FeatureSource source);
std::string Name(v1::ResizeMethod method);
std::string Name(v1::Coder coder);
std::string Name(v1::ScoreMethod method);
std::string Name(v1::OutlierAction action);
// "few_pictures", "copies", "nok_out_of_reach".
std::string Name(v1::Notice::Code code);
// "OK", "REVIEW", "NOK".
std::string Name(v1::Verdict verdict);
// "waiting", "features", ..., "publishing".
std::string Name(v1::TrainProgress::Phase phase);

// "whitened score, lasso codes, pyramid features at 256 px": for people.
std::string Describe(const v1::CategoryOptions& options);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_OPTION_NAMES_H_
