FROM scratch
COPY deno /deno
