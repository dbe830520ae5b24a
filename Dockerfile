# syntax=docker/dockerfile:1

# 1. Build. SQL is checked against the committed query cache, so no database is needed here.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
ENV SQLX_OFFLINE=true
# Without the PostgreSQL download: in a container the database is another container.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked -p gatewright-cli --no-default-features \
    && install -D target/release/gatewright /out/gatewright \
    && install -d -m 0700 /out/state

# 2. Run: libc, certificates, the binary; no shell, no package manager, not root.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/gatewright /usr/local/bin/gatewright
# An empty folder of the right owner: a volume mounted here starts with its rights.
COPY --from=build --chown=65532:65532 /out/state /var/lib/gatewright
USER 65532:65532
VOLUME /var/lib/gatewright
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["/usr/local/bin/gatewright", "doctor", "--quick", "--config", "/etc/gatewright/gatewright.toml"]
ENTRYPOINT ["/usr/local/bin/gatewright"]
CMD ["serve", "--config", "/etc/gatewright/gatewright.toml"]
