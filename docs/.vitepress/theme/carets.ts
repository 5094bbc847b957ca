import { useRoute } from "vitepress";
import { nextTick, onMounted, watch } from "vue";

/**
 * VitePress makes the title of a sidebar's group a button, and also the caret in it. A button in a button confuses screen readers, so the caret
 * stops being one. A click on it still reaches the title.
 */
export function useCarets(): void {
  const route = useRoute();
  const quieten = () => {
    for (const caret of document.querySelectorAll(".VPSidebarItem > .item[role=button] > .caret[role=button]")) {
      for (const attribute of ["role", "tabindex", "aria-label"]) caret.removeAttribute(attribute);
    }
  };
  onMounted(() =>
    watch(
      () => route.path,
      () => nextTick(quieten),
      { immediate: true },
    ),
  );
}
