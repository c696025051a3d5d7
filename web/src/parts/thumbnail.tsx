import { useSignal } from "@preact/signals";

/** A picture of a video; an empty frame where there is none, where the source sends something else, and without TLS, which the page's policy forbids. */
export function Thumbnail({ address }: { readonly address: string | null }) {
  const broken = useSignal<string | null>(null);
  return (
    <div class="thumbnail" aria-hidden="true">
      {address?.startsWith("https:") && broken.value !== address && (
        <img
          src={address}
          alt=""
          loading="lazy"
          referrerpolicy="no-referrer"
          onError={() => (broken.value = address)}
        />
      )}
    </div>
  );
}
