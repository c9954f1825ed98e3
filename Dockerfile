# The service on a slim Debian. The image has no entry point, so that `docker run IMAGE heksher --help` works, and also
# `docker run IMAGE alembic upgrade head`, which deployments of the original use.

# A Swift release runs on the Debian release that it was built for.
ARG DEBIAN=bookworm

FROM swift:6.3-${DEBIAN} AS build
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpq-dev libssl-dev libyaml-dev zlib1g-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift openapi.yaml ./
COPY Benchmarks Benchmarks
COPY Plugins Plugins
COPY Sources Sources
COPY Tests Tests
COPY migrations migrations
RUN swift build --configuration release --product heksher --static-swift-stdlib -Xlinker --gc-sections \
    && strip -o heksher .build/release/heksher \
    && mkdir -p completions \
    && for shell in bash zsh fish; do ./heksher completion $shell > completions/$shell; done

# Swagger UI and Redoc for the documentation pages, verified by checksum.
FROM debian:${DEBIAN}-slim AS pages
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY .ci/python .ci/prepare-pages .ci/
COPY .ci/requirements/pages.txt .ci/requirements/
RUN .ci/python pages .ci/prepare-pages pages

FROM debian:${DEBIAN}-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpq5 libyaml-0-2 libstdc++6 zlib1g ca-certificates \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/* \
    && echo '. /usr/share/bash-completion/completions/heksher' >> /etc/bash.bashrc \
    && useradd --system --no-create-home --shell /usr/sbin/nologin heksher
COPY --from=build /source/heksher /usr/local/bin/heksher
# Shells complete commands, options, and the names of settings. bash reads its script also without the package bash-completion.
COPY --from=build /source/completions/bash /usr/share/bash-completion/completions/heksher
COPY --from=build /source/completions/zsh /usr/share/zsh/vendor-completions/_heksher
COPY --from=build /source/completions/fish /usr/share/fish/vendor_completions.d/heksher.fish
COPY --from=pages /source/pages /usr/local/share/heksher/pages
COPY --chmod=755 .docker/alembic /usr/local/bin/alembic
# All users can listen on ports below 1024 in containers of Docker since 20.10, and of Kubernetes since 1.22 (containerd).
USER heksher
ENV PORT=80
EXPOSE 80
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["heksher", "healthcheck"]
CMD ["heksher", "serve", "--host", "0.0.0.0"]
