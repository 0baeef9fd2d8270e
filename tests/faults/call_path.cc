#include "tests/faults/call_path.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

namespace mlfsc::faults {
namespace {

// Functions of the program, by address: tests/faults/control.py writes them, in order, from its symbols.
struct Function {
  uint64_t begin;
  uint64_t end;
  // 1 for ours, 2 for gRPC's templates.
  uint64_t owner;
};
constexpr uint64_t kOurs = 1;

const Function* functions = nullptr;
size_t function_count = 0;
uintptr_t program_base = 0;

// Text of the libraries that want memory or death.
struct Range {
  uintptr_t begin;
  uintptr_t end;
};
constexpr int kMostRanges = 64;
Range spared[kMostRanges];
int spared_count = 0;

bool WantsMemoryOrDeath(const char* library) {
  for (const char* name : {"libgrpc", "libgpr", "libupb", "libcrypto", "libssl", "ld-linux"}) {
    if (std::strstr(library, name) != nullptr) return true;
  }
  return false;
}

int NoteLibrary(dl_phdr_info* info, size_t, void*) {
  if (info->dlpi_name[0] == '\0') {
    if (program_base == 0) program_base = info->dlpi_addr;
    return 0;
  }
  if (!WantsMemoryOrDeath(info->dlpi_name)) return 0;
  for (int i = 0; i < info->dlpi_phnum && spared_count < kMostRanges; ++i) {
    const ElfW(Phdr)& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    const uintptr_t begin = info->dlpi_addr + part.p_vaddr;
    spared[spared_count++] = {begin, begin + part.p_memsz};
  }
  return 0;
}

__attribute__((constructor)) void ReadFunctions() {
  dl_iterate_phdr(NoteLibrary, nullptr);
  const char* path = std::getenv("MLFSC_FAULTS_FUNCTIONS");
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return;
  void* memory = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (memory == MAP_FAILED) return;
  functions = static_cast<const Function*>(memory);
  function_count = static_cast<size_t>(status.st_size) / sizeof(Function);
}

// 0 for nobody's.
uint64_t OwnerOf(uintptr_t address) {
  for (int i = 0; i < spared_count; ++i) {
    if (address >= spared[i].begin && address < spared[i].end) return kOurs + 1;
  }
  const uint64_t offset = address - program_base;
  const Function* after = std::upper_bound(functions, functions + function_count, offset,
                                           [](uint64_t at, const Function& f) { return at < f.begin; });
  if (after == functions || offset >= (after - 1)->end) return 0;
  return (after - 1)->owner;
}

_Unwind_Reason_Code Look(_Unwind_Context* context, void* found) {
  // Of the call, not of what comes after it.
  const uint64_t owner = OwnerOf(_Unwind_GetIP(context) - 1);
  if (owner == 0) return _URC_NO_REASON;
  *static_cast<uint64_t*>(found) = owner;
  return _URC_END_OF_STACK;
}

}  // namespace

bool IsForOurCode() {
  uint64_t owner = 0;
  _Unwind_Backtrace(Look, &owner);
  return owner == kOurs;
}

}  // namespace mlfsc::faults
