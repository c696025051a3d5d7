import { useSignal } from "@preact/signals";

/** A picture of a video; an empty frame where there is none, or where the source sends something else. */
export function Thumbnail({ address }: { readonly address: string | null }) {
  const broken = useSignal<string | null>(null);
  return (
    <div class="thumbnail" aria-hidden="true">
      {address !== null && /^https?:/.test(address) && broken.value !== address && (
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
