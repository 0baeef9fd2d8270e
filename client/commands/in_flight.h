// Many requests, a few at a time.
#ifndef MLFSC_CLIENT_COMMANDS_IN_FLIGHT_H_
#define MLFSC_CLIENT_COMMANDS_IN_FLIGHT_H_

#include <cstdint>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "client/commands/context.h"

namespace mlfsc::client {

// --jobs.
void AddJobsFlag(CLI::App* command, int* jobs);

// Calls work(i) for every i in [0, count), at most `jobs` at a time and each on any thread, under a progress
// bar. After an error nothing new is begun; returns the first that came.
absl::Status RunInFlight(const Context& context, int jobs, const std::string& label, int64_t count,
                         const std::function<absl::Status(int64_t)>& work);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_IN_FLIGHT_H_
