#include "server/options.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

absl::StatusOr<CommandLine> Parse(const std::vector<std::string>& arguments,
                                  const std::map<std::string, std::string>& environment = {}) {
  return ParseCommandLine(arguments, [&](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
}

class OptionsFileTest : public ::testing::Test {
 protected:
  std::string File(const std::string& text) {
    const std::string path = folder_.path() + "/server.conf";
    std::ofstream(path) << text;
    return path;
  }
  testing::TemporaryFolder folder_;
};

TEST(OptionsTest, WithoutArgumentsTheDefaultsStand) {
  const absl::StatusOr<CommandLine> line = Parse({});
  ASSERT_THAT(line, IsOk());
  EXPECT_FALSE(line->print.has_value());
  EXPECT_EQ(line->options.grpc.listen, "127.0.0.1:50051");
  EXPECT_EQ(line->options.device, "auto");
  EXPECT_EQ(line->options.features.max_batch, 8);
  EXPECT_GE(line->options.inspector.coding_threads, 1);
  EXPECT_GE(line->options.training.learning_threads, 1);
}

TEST(OptionsTest, ASwitchIsOnWhenItStandsAloneOrSaysSo) {
  EXPECT_FALSE(Parse({})->options.store_options.read_only);
  EXPECT_TRUE(Parse({"--store-readonly"})->options.store_options.read_only);
  EXPECT_TRUE(Parse({"--store_readonly", "--store", "s"})->options.store_options.read_only);
  EXPECT_TRUE(Parse({"--store_readonly=true"})->options.store_options.read_only);
  EXPECT_FALSE(Parse({"--store_readonly", "false"})->options.store_options.read_only);
  EXPECT_TRUE(Parse({}, {{"MLFSC_STORE_READONLY", "true"}})->options.store_options.read_only);
  EXPECT_FALSE(Parse({}, {{"MLFSC_STORE_READONLY", "false"}})->options.store_options.read_only);
  EXPECT_THAT(
      Parse({"--store_readonly=perhaps"}),
      StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("store_readonly"), HasSubstr("perhaps"))));
}

TEST(OptionsTest, EveryOptionReachesItsPlace) {
  const std::string words =
      "--listen 0.0.0.0:1234 --port_file=p --metrics 127.0.0.1:0 --store s --store_readonly --store_poll 7s --store_lock_timeout 8s "
      "--keep_versions 8 --max_categories 9 --backbone b "
      "--device cuda:1 --threads 3 --max_batch 4 --max_batch_delay 20ms --training_floor 7 --feature_queue "
      "11 "
      "--decode_queue 12 --coding_queue 13 --max_loaded 14 --decode_threads 2 --coding_threads 5 "
      "--learning_threads 6 --max_message_bytes 100000 --max_side 1000 --input_sizes 256,384 "
      "--max_training_pictures 99 --max_trainings 2 --spool_folder /spool --default_deadline 5s "
      "--train_idle_timeout 3m --drain_timeout 1m --log_level debug --log_format json --tls_certificate c "
      "--tls_key k "
      "--tls_client_ca ca --score_tokens st --change_tokens ct --max_calls_per_client 9 "
      "--trusted_proxies 10.0.0.1,10.0.0.2 --max_calls_per_connection 8 --reply_timeout 7s "
      "--keepalive_interval 20s --keepalive_timeout 2s --handshake_timeout 6s "
      "--max_connection_age 4m "
      "--decoder_processes 3 --decoder_program d --decode_timeout 4s --instruction_set avx2";
  const absl::StatusOr<CommandLine> line = Parse(absl::StrSplit(words, ' '));
  ASSERT_THAT(line, IsOk());
  const ServerOptions& options = line->options;
  EXPECT_EQ(options.grpc.listen, "0.0.0.0:1234");
  EXPECT_EQ(options.port_file, "p");
  EXPECT_EQ(options.metrics, "127.0.0.1:0");
  EXPECT_EQ(options.store, "s");
  EXPECT_TRUE(options.store_options.read_only);
  EXPECT_EQ(options.store_watcher.poll, absl::Seconds(7));
  EXPECT_EQ(options.instruction_set, "avx2");
  EXPECT_EQ(options.store_options.lock_timeout, absl::Seconds(8));
  EXPECT_EQ(options.store_options.keep_versions, 8);
  EXPECT_EQ(options.store_options.max_categories, 9);
  EXPECT_EQ(options.backbone, "b");
  EXPECT_EQ(options.device, "cuda:1");
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.features.max_batch, 4);
  EXPECT_EQ(options.features.max_batch_delay, absl::Milliseconds(20));
  EXPECT_EQ(options.features.training_floor, 7);
  EXPECT_EQ(options.features.queue_length, 11);
  EXPECT_EQ(options.inspector.queue_length, 12);
  EXPECT_EQ(options.inspector.coding_queue_length, 13);
  EXPECT_EQ(options.catalog.max_loaded, 14);
  EXPECT_EQ(options.inspector.decode_threads, 2);
  EXPECT_EQ(options.inspector.coding_threads, 5);
  EXPECT_EQ(options.training.learning_threads, 6);
  EXPECT_EQ(options.grpc.max_message_bytes, 100000);
  EXPECT_EQ(options.inspector.limits.max_bytes, 100000U);
  EXPECT_EQ(options.inspector.limits.max_side, 1000);
  EXPECT_EQ(options.training.pictures.max_side, 1000);
  EXPECT_THAT(options.grpc.input_sizes, ElementsAre(256, 384));
  EXPECT_EQ(options.training.trainer.max_pictures, 99);
  EXPECT_EQ(options.training.max_trainings, 2);
  EXPECT_EQ(options.training.trainer.spool.folder, "/spool");
  EXPECT_EQ(options.grpc.calls.default_deadline, absl::Seconds(5));
  EXPECT_EQ(options.grpc.train_idle_timeout, absl::Minutes(3));
  EXPECT_EQ(options.drain_timeout, absl::Minutes(1));
  EXPECT_EQ(options.log_level, LogLevel::kDebug);
  EXPECT_EQ(options.log_format, LogFormat::kJson);
  EXPECT_EQ(options.grpc.tls.certificate, "c");
  EXPECT_EQ(options.grpc.tls.key, "k");
  EXPECT_EQ(options.grpc.tls.client_ca, "ca");
  EXPECT_EQ(options.grpc.score_tokens, "st");
  EXPECT_EQ(options.grpc.change_tokens, "ct");
  EXPECT_EQ(options.grpc.calls.max_calls_per_client, 9);
  EXPECT_EQ(options.grpc.max_calls_per_connection, 8);
  EXPECT_EQ(options.grpc.calls.reply_timeout, absl::Seconds(7));
  EXPECT_EQ(options.grpc.keepalive_interval, absl::Seconds(20));
  EXPECT_EQ(options.grpc.keepalive_timeout, absl::Seconds(2));
  EXPECT_EQ(options.grpc.handshake_timeout, absl::Seconds(6));
  EXPECT_EQ(options.grpc.max_connection_age, absl::Minutes(4));
  EXPECT_THAT(options.grpc.calls.trusted_proxies, ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_EQ(options.decoders.processes, 3);
  EXPECT_EQ(options.decoders.program, "d");
  EXPECT_EQ(options.decoders.time_limit, absl::Seconds(4));
}

TEST(OptionsTest, ProcessesThatDecodeGoByTheThreadsUnlessTheyAreCounted) {
  EXPECT_EQ(Parse({})->options.decoders.processes, std::nullopt);
  EXPECT_EQ(Parse({"--decoder_processes=auto"})->options.decoders.processes, std::nullopt);
  EXPECT_EQ(Parse({"--decoder_processes=0"})->options.decoders.processes, 0);
  EXPECT_THAT(Parse({"--decoder_processes=-1"}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("'-1' is neither auto nor a whole number from 0 to 1024")));
}

TEST(OptionsTest, TheMemoryBudgetIsBytesOrGoesByTheMachine) {
  EXPECT_EQ(Parse({})->options.memory_budget, std::nullopt);
  EXPECT_EQ(Parse({"--memory_budget=auto"})->options.memory_budget, std::nullopt);
  EXPECT_EQ(Parse({"--memory_budget=805306368"})->options.memory_budget, int64_t{768} << 20);
  EXPECT_EQ(Parse({"--memory_budget=768MiB"})->options.memory_budget, int64_t{768} << 20);
  EXPECT_EQ(Parse({"--memory_budget=20000KiB"})->options.memory_budget, int64_t{20000} << 10);
  EXPECT_EQ(Parse({"--memory_budget=3GiB"})->options.memory_budget, int64_t{3} << 30);
  for (const char* wrong : {"1000", "-1GiB", "1GB", "GiB", "9999999999GiB", "1.5GiB", "16777215"}) {
    EXPECT_THAT(Parse({absl::StrCat("--memory_budget=", wrong)}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(absl::StrCat("'", wrong, "' is neither auto nor bytes from 16777216 to "
                                                            "1125899906842624 (like 805306368 or 768MiB)"))))
        << wrong;
  }
}

TEST(OptionsTest, FlagsTakeDashesAndUnderscoresAlike) {
  const absl::StatusOr<CommandLine> line = Parse({"--max-batch", "3", "--max-batch_delay=7ms"});
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->options.features.max_batch, 3);
  EXPECT_EQ(line->options.features.max_batch_delay, absl::Milliseconds(7));
}

TEST(OptionsTest, TrainingsSpoolWhereTheOptionSaysElseInTmpdir) {
  const auto folder = [](const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment) {
    return Parse(arguments, environment)->options.training.trainer.spool.folder;
  };
  EXPECT_EQ(folder({}, {}), "/tmp");
  EXPECT_EQ(folder({}, {{"TMPDIR", "/large/tmp"}}), "/large/tmp");
  EXPECT_EQ(folder({}, {{"TMPDIR", ""}}), "/tmp");
  EXPECT_EQ(folder({"--spool_folder=/spool"}, {{"TMPDIR", "/large/tmp"}}), "/spool");
  EXPECT_EQ(folder({"--spool-dir", "/spool"}, {{"TMPDIR", "/large/tmp"}}), "/spool");
}

TEST(OptionsTest, DashesOfAValueStay) {
  EXPECT_EQ(Parse({"--store=my-store"})->options.store, "my-store");
  EXPECT_EQ(Parse({"--store", "my-store"})->options.store, "my-store");
}

TEST_F(OptionsFileTest, AFlagBeatsTheEnvironmentWhichBeatsTheFile) {
  const std::string file = File("max_batch = 2\nthreads = 2\nmax-side = 200\n");
  const std::map<std::string, std::string> environment = {{"MLFSC_MAX_BATCH", "3"}, {"MLFSC_THREADS", "3"}};
  const absl::StatusOr<CommandLine> line = Parse({"--max-batch=4", "--config", file}, environment);
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->options.features.max_batch, 4);
  EXPECT_EQ(line->options.threads, 3);
  EXPECT_EQ(line->options.inspector.limits.max_side, 200);
}

TEST_F(OptionsFileTest, TheEnvironmentMayNameTheFile) {
  EXPECT_EQ(Parse({}, {{"MLFSC_CONFIG", File("# a comment\nmax_batch = 2\n")}})->options.features.max_batch,
            2);
}

TEST_F(OptionsFileTest, AFileMayHoldTextAndLists) {
  const absl::StatusOr<CommandLine> line =
      Parse({"--config", File("store = \"/var/lib/mlfsc\"\ninput_sizes = \"256,512\"\n")});
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->options.store, "/var/lib/mlfsc");
  EXPECT_THAT(line->options.grpc.input_sizes, ElementsAre(256, 512));
}

TEST_F(OptionsFileTest, AListMayBeWrittenAsTheFormatWritesLists) {
  EXPECT_THAT(Parse({"--config", File("input_sizes = [256, 512]\n")})->options.grpc.input_sizes,
              ElementsAre(256, 512));
}

TEST_F(OptionsFileTest, AnUnknownLineOfTheFileIsNamed) {
  EXPECT_THAT(Parse({"--config", File("max_bach = 2\n")}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_bach")));
}

TEST_F(OptionsFileTest, AMissingFileIsNamed) {
  EXPECT_THAT(Parse({"--config", "/no/such/file"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/no/such/file")));
}

TEST(OptionsTest, ABadValueIsNamedWithItsLimitInOneLine) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"--max_batch", "0", "from 1 to 256"},
      {"--max_batch", "many", "from 1 to 256"},
      {"--max_batch_delay", "5", "from 0 to 1s"},
      {"--max_batch_delay", "2s", "from 0 to 1s"},
      {"--listen", "localhost", "HOST:PORT"},
      {"--listen", "localhost:70000", "65535"},
      {"--listen", "", "HOST:PORT"},
      {"--max_side", "15", "from 16 to 65500"},
      {"--input_sizes", "256,300", "multiple of 32"},
      {"--input_sizes", "128,160,192,224,256", "more than 4"},
      {"--log_format", "xml", "text|json"},
      {"--log_level", "loud", "debug|info|warning|error"},
      {"--drain_timeout", "-1s", "from 0 to 24h"},
      {"--max_message_bytes", "99999999999", "from 65536 to 1073741824"},
  };
  for (const auto& [flag, value, limit] : cases) {
    EXPECT_THAT(Parse({std::string(flag) + "=" + value}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(flag), HasSubstr(value), HasSubstr(limit), Not(HasSubstr("\n")))));
  }
}

TEST(OptionsTest, WhatIsNoOptionIsNamed) {
  EXPECT_THAT(Parse({"--max_bach=1"}), StatusIs(absl::StatusCode::kInvalidArgument,
                                                AllOf(HasSubstr("max_bach"), Not(HasSubstr("\n")))));
  EXPECT_THAT(Parse({"serve"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("serve")));
  EXPECT_THAT(Parse({"--max_batch"}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_batch")));
}

TEST(OptionsTest, HelpAndVersionArePrintedInsteadOfServing) {
  EXPECT_THAT(Parse({"--help"})->print.value(), HasSubstr("--max_batch_delay"));
  EXPECT_THAT(Parse({"--version"})->print.value(), HasSubstr("mlfsc-server "));
}

TEST(FindBackboneTest, LooksInTheProgramsFolderAndThoseAbove) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/build/release/bin");
  const std::string program = folder.path() + "/build/release/bin/mlfsc-server";
  EXPECT_EQ(FindBackbone(program), "");
  const std::string weights = folder.path() + "/models/vgg16/vgg16-imagenet.fp16.safetensors";
  std::filesystem::create_directories(folder.path() + "/models/vgg16");
  std::ofstream(weights) << "weights";
  EXPECT_EQ(FindBackbone(program), weights);
}

}  // namespace
}  // namespace mlfsc
