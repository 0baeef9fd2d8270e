# The server, the command and its inspection page on a bare Debian 12, without the packages that building needs: only the libraries that the
# dynamic linker loads.
#   docker build -t mlfsc .
# On a GPU: an unpacked LibTorch with CUDA (C++11 ABI) below this folder, and a base with the matching CUDA runtime and glibc 2.36 or newer:
#   docker build -t mlfsc:cuda --build-arg LIBTORCH=libtorch --build-arg RUNTIME=nvidia/cuda:12.4.1-runtime-ubuntu24.04 .
ARG BASE=docker.io/library/debian:12-slim
ARG RUNTIME=docker.io/library/debian:12-slim

# The inspection page of `mlfsc web`. Node stays here.
FROM ${BASE} AS page
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates nodejs npm >/dev/null \
    && rm -rf /var/lib/apt/lists/*
# Authorities to trust (PEM) in a network whose proxy signs for the registry; there while this runs.
ARG NPM_CONFIG_CAFILE=
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --ignore-scripts --loglevel=error
COPY web/build.mjs ./
COPY web/src src
RUN node build.mjs --out /page

FROM ${BASE} AS build
# Path below this folder; empty for Debian's LibTorch.
ARG LIBTORCH=
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup && rm -rf /var/lib/apt/lists/*
COPY . .
# An rpath that holds for the libraries of the libraries, too (not a runpath); nothing else in the image sees these libraries.
RUN cmake --preset package ${LIBTORCH:+-DCMAKE_PREFIX_PATH=/src/$LIBTORCH} \
      '-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib/mlfsc' -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags \
    && cmake --build --preset package \
    && DESTDIR=/image cmake --install build/package --strip \
    && rm -rf /image/etc /image/usr/lib/systemd /image/usr/share/man \
    && install -D deploy/image/sbom /image/usr/share/mlfsc/sbom \
    && deploy/image/closure /image ${LIBTORCH:+--also "/src/$LIBTORCH/lib"} \
         build/package/bin/mlfsc-server build/package/bin/mlfsc-decoder build/package/bin/mlfsc

FROM ${RUNTIME}
RUN groupadd --gid 10051 mlfsc \
    && useradd --uid 10051 --gid 10051 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin mlfsc \
    && install -d -m 0750 -o mlfsc -g mlfsc /var/lib/mlfsc
COPY --from=build /image/usr/ /usr/
COPY --from=page /page/ /usr/share/mlfsc/page/
# What the image holds: docs/security.md.
RUN /usr/share/mlfsc/sbom /usr/share/mlfsc/libraries "$(mlfsc --version)" >/usr/share/doc/mlfsc-server/sbom.cdx.json
ENV MLFSC_LISTEN=0.0.0.0:50051 \
    MLFSC_METRICS=0.0.0.0:9464 \
    MLFSC_STORE=/var/lib/mlfsc/store \
    MLFSC_SPOOL_FOLDER=/var/lib/mlfsc \
    MLFSC_LOCAL_SOCKET=/dev/shm/mlfsc.sock \
    MLFSC_LOG_FORMAT=json
# All that is kept is here: the root file system may be read-only.
VOLUME /var/lib/mlfsc
USER 10051:10051
EXPOSE 50051 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["mlfsc", "health", "--server=unix:/dev/shm/mlfsc.sock"]
ENTRYPOINT ["mlfsc-server"]
